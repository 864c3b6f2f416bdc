import { describe, expect, test } from "vitest";
import {
  certificatePolicies,
  inhibitAnyPolicy,
  policyConstraints,
  policyMappings,
  type ExtensionRequest,
} from "../issue/extensions.ts";
import type { Issued } from "../issue/certificate.ts";
import { code, issue, keyOf, path, trust } from "./test-chain.ts";

const ANY = "2.5.29.32.0";
const [P1, P2, P3] = ["1.2.3.1", "1.2.3.2", "1.2.3.3"] as const;

/** Extensions from the root down to the leaf; a `rollover` certificate has the name of the one above it. */
function run(...levels: readonly (readonly ExtensionRequest[])[]): string {
  const chain: Issued[] = [];
  for (const [index, extensions] of levels.entries()) {
    const issuer = chain.at(-1);
    const last = index === levels.length - 1;
    chain.push(
      issue(last ? "leaf" : `level ${index}`, { ca: !last, extensions, ...(issuer !== undefined && { issuer }) }),
    );
  }
  const [leaf] = chain.slice(-1);
  return leaf === undefined ? "" : code(path(leaf, { trust: trust({ certificates: chain.slice(0, -1) }) }).check);
}

const policies = (...list: readonly string[]): ExtensionRequest => certificatePolicies(...list);
const explicit = (count: number): ExtensionRequest => policyConstraints({ explicit: count });

describe("certificate policies (RFC 5280 6.1)", () => {
  test.each<[string, readonly (readonly ExtensionRequest[])[], string]>([
    ["none anywhere", [[], [], []], "passed"],
    ["none needed, and they do not fit", [[], [policies(P1)], [policies(P2)]], "passed"],
    ["required and fitting", [[], [policies(P1), explicit(0)], [policies(P1)]], "passed"],
    ["required, the leaf has another", [[], [policies(P1), explicit(0)], [policies(P2)]], "CHAIN_INVALID"],
    ["required, the leaf has none", [[], [policies(P1), explicit(0)], []], "CHAIN_INVALID"],
    ["required, the authority has none", [[], [explicit(0)], [policies(P1)]], "CHAIN_INVALID"],
    ["required below one more certificate", [[], [explicit(1)], []], "CHAIN_INVALID"],
    ["required two below", [[], [explicit(2)], []], "passed"],
    ["required by the leaf of itself", [[], [policies(P1)], [explicit(0)]], "CHAIN_INVALID"],
    ["required by the leaf, which has it", [[], [policies(P1)], [policies(P1), explicit(0)]], "passed"],
    ["required by the root", [[explicit(0)], [policies(P1)], [policies(P1)]], "passed"],
    ["required by the root, none there", [[explicit(0)], [], []], "CHAIN_INVALID"],
    ["any above, one below", [[], [policies(ANY), explicit(0)], [policies(P1)]], "passed"],
    ["one above, any below", [[], [policies(P1), explicit(0)], [policies(ANY)]], "passed"],
    ["any inhibited above", [[], [policies(P1), explicit(0), inhibitAnyPolicy(0)], [policies(ANY)]], "CHAIN_INVALID"],
    ["any inhibited later", [[], [policies(P1), explicit(0), inhibitAnyPolicy(1)], [policies(ANY)]], "passed"],
    [
      "any inhibited by the root",
      [[inhibitAnyPolicy(0)], [policies(ANY), explicit(0)], [policies(P1)]],
      "CHAIN_INVALID",
    ],
    ["one of several survives", [[], [policies(P1, P2)], [policies(P2, P3), explicit(0)], [policies(P2)]], "passed"],
    ["all are lost on the way", [[], [policies(P1)], [policies(P2)], [policies(P1), explicit(0)]], "CHAIN_INVALID"],
  ])("%s", (_, levels, expected) => expect(run(...levels)).toBe(expected));
});

describe("mappings", () => {
  const mapping = policyMappings([P1, P2]);
  test.each<[string, readonly (readonly ExtensionRequest[])[], string]>([
    ["to the leaf's policy", [[], [policies(P1), explicit(0), mapping], [policies(P2)]], "passed"],
    ["the mapped policy itself is gone", [[], [policies(P1), explicit(0), mapping], [policies(P1)]], "CHAIN_INVALID"],
    ["of a policy that is not there", [[], [policies(P3), explicit(0), mapping], [policies(P2)]], "CHAIN_INVALID"],
    ["through anyPolicy", [[], [policies(ANY), explicit(0), mapping], [policies(P2)]], "passed"],
    [
      "inhibited",
      [[], [policies(P1), policyConstraints({ explicit: 0, mapping: 0 })], [policies(P1), mapping], [policies(P2)]],
      "CHAIN_INVALID",
    ],
    [
      "not yet inhibited",
      [[], [policies(P1), policyConstraints({ explicit: 0, mapping: 1 })], [policies(P1), mapping], [policies(P2)]],
      "passed",
    ],
    ["from anyPolicy", [[], [policies(P1), policyMappings([ANY, P2])], []], "CHAIN_INVALID"],
    ["to anyPolicy", [[], [policies(P1), policyMappings([P1, ANY])], []], "CHAIN_INVALID"],
  ])("%s", (_, levels, expected) => expect(run(...levels)).toBe(expected));
});

describe("a self-issued authority", () => {
  const root = issue("root", { ca: true });
  const below = (first: readonly ExtensionRequest[], leaf: readonly ExtensionRequest[]): string => {
    const older = issue("ca", { ca: true, issuer: root, extensions: first });
    const newer = issue("ca", { ca: true, issuer: older, key: keyOf("again"), extensions: [policies(ANY)] });
    const end = issue("leaf", { issuer: newer, extensions: leaf });
    return code(path(end, { trust: trust({ certificates: [root, older, newer] }) }).check);
  };

  test("may say anyPolicy where that is inhibited", () => {
    const first = [policies(P1), explicit(0), inhibitAnyPolicy(0)];
    expect(below(first, [policies(P1)])).toBe("passed");
    expect(below(first, [policies(P2)])).toBe("CHAIN_INVALID");
  });

  test("does not use up the counts", () => {
    expect(below([policies(P1), explicit(2)], [policies(P2)])).toBe("passed");
    expect(below([policies(P1), explicit(1)], [policies(P2)])).toBe("CHAIN_INVALID");
  });
});

test("hundreds of policies and mappings come to an end", () => {
  const many = Array.from({ length: 300 }, (_, i) => `1.2.4.${i}`);
  const pairs = many.map((policy, i) => [policy, many[(i * 7) % 300] ?? policy] as const);
  const level = [policies(...many), explicit(0), policyMappings(...pairs)];
  expect(run([], level, level, level, level, level, [policies(many[0] ?? P1)])).toBe("passed");
});
