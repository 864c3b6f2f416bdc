import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openPolicies, type Policies, SHIPPED_SET } from "./policies.ts";
import { readRequest, SHIPPED_CASES } from "./policy-case.ts";
import { PolicyError } from "./policy-error.ts";
import type { AuthorizationRequest } from "./request.ts";
import { VERIFY_PLAN } from "./verify-plan.ts";

const shipped = openPolicies(SHIPPED_SET);
const example = (name: string): AuthorizationRequest => readRequest(join(SHIPPED_CASES, `${name}.json`));
const mortgage = example("allow/real-estate-for-mortgage");
const verification = (address: string, access: string, action = "verify") =>
  ({
    ...example("deny/verify-remote"),
    principal: { ...example("deny/verify-remote").principal, address },
    action,
    context: { ...example("deny/verify-remote").context, access },
  }) as AuthorizationRequest;

describe("verification", () => {
  test.each([
    ["loopback", "loopback", "LOCAL_CALLER"],
    ["loopback", "open", "LOCAL_CALLER"],
    ["remote", "open", "OPEN_ACCESS"],
    ["proxied", "open", "OPEN_ACCESS"],
  ])("permits %s when access is %s, under the plan of verifications", (address, access, code) => {
    const decision = shipped.authorize(verification(address, access));
    expect(decision).toMatchObject({ effect: "permit", reasons: [{ code }], fields: {} });
    expect(decision.plan).toBe(VERIFY_PLAN);
  });

  test.each([
    ["remote", "loopback", "verify"],
    ["proxied", "loopback", "verify"],
    ["loopback", "open", "lookup"],
    ["loopback", "open", ""],
    ["loopback", "open", "toString"],
  ])("denies %s when access is %s (%s), and discloses nothing", (address, access, action) => {
    const decision = shipped.authorize(verification(address, access, action));
    expect(decision).toMatchObject({ effect: "deny", reasons: [{ code: "NO_RULE_PERMITS", rule: "default" }] });
    expect(decision).toMatchObject({ plan: {}, fields: {}, duties: { quota: null, watermark: false, notify: [] } });
    expect(decision.reasons[0]?.zh).not.toBe("");
    expect(decision.reasons[0]?.en).not.toBe("");
  });

  test.each([
    ["", "loopback"],
    ["LOOPBACK", "loopback"],
    ["loopback", "closed"],
  ])("facts that nobody defined (%j, %j) are a fault, and permit nothing", (address, access) => {
    expect(() => shipped.authorize(verification(address, access))).toThrow(PolicyError);
  });
});

describe("decisions", () => {
  test("the same question gets the same decision; another gets another number under the same rules", () => {
    expect(shipped.authorize({ ...mortgage })).toBe(shipped.authorize(mortgage));
    expect(shipped.authorize(structuredClone(mortgage))).toEqual(shipped.authorize(mortgage));
    const [here, there] = [shipped.authorize(mortgage), shipped.authorize(example("allow/real-estate-for-search"))];
    expect(here.policySetDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(there.policySetDigest).toBe(here.policySetDigest);
    expect(here.decisionId).toMatch(/^decision-[0-9a-f]{32}$/);
    expect(there.decisionId).not.toBe(here.decisionId);
  });

  test("a resource that was decided on cannot be changed under its decision", () => {
    const request = structuredClone(mortgage);
    shipped.authorize(request);
    const fields = request.resource?.fields as Record<string, { classification: string }>;
    expect(() => Object.assign(fields["holderCode"] ?? {}, { classification: "public" })).toThrow(TypeError);
    expect(() => Object.assign(request.resource ?? {}, { sharing: "unconditional" })).toThrow(TypeError);
  });

  test("the number does not hang on the order in which facts are written, nor on this process", () => {
    const reversed = Object.fromEntries(Object.entries(mortgage).toReversed()) as unknown as AuthorizationRequest;
    expect(shipped.authorize(reversed).decisionId).toBe(shipped.authorize(mortgage).decisionId);
    expect(openPolicies(SHIPPED_SET).authorize(mortgage)).toEqual(shipped.authorize(mortgage));
  });

  const { context, principal, resource } = mortgage;
  const { purpose, grant } = context;
  test.each([
    ["the item's fields", { context: { ...context, purpose: purpose && { ...purpose, itemFields: ["area"] } } }],
    ["the case", { context: { ...context, purpose: purpose && { ...purpose, case: "closed" } } }],
    ["the grant's fields", { context: { ...context, grant: grant && { ...grant, fields: ["area"] } } }],
    ["the grant's state", { context: { ...context, grant: grant && { ...grant, state: "expired" } } }],
    ["the grant", { context: { ...context, grant: null } }],
    ["a role", { principal: { ...principal, roles: [] } }],
    ["the authentication", { principal: { ...principal, authentication: "hmac-bare" } }],
    ["the sharing class", { resource: resource && { ...resource, sharing: "not-shared" } }],
    [
      "a field's class",
      { resource: resource && { ...resource, fields: { state: { classification: "sensitive", type: "code" } } } },
    ],
  ])("no kept decision outlives a change of %s", (_, change) => {
    const before = shipped.authorize(mortgage);
    const after = shipped.authorize({ ...mortgage, ...change } as AuthorizationRequest);
    expect([after.effect, after.fields]).not.toEqual([before.effect, before.fields]);
    expect(after.decisionId).not.toBe(before.decisionId);
    expect(shipped.authorize(mortgage)).toEqual(before);
  });

  test("cannot be changed by whoever gets one: others get it too", () => {
    const { fields, duties } = shipped.authorize(mortgage);
    expect(() => Object.assign(fields, { holderCode: { kind: "permit", treatment: { kind: "give" } } })).toThrow(
      TypeError,
    );
    expect(() => Object.assign(duties, { watermark: false })).toThrow(TypeError);
  });

  test("what is not shared is refused with its legal basis, whatever that holds", () => {
    const request = example("deny/not-shared");
    expect(shipped.authorize(request).reasons).toMatchObject([
      {
        rule: "not-shared",
        zh: "该数据资源不予共享，依据：属于国家秘密，依据《中华人民共和国保守国家秘密法》不予共享。",
      },
      { rule: "no-core-data" },
    ]);
    const basis = (legalBasis: string | null) =>
      shipped.authorize({ ...request, resource: request.resource && { ...request.resource, legalBasis } }).reasons[0]
        ?.en;
    expect(basis("$& {legalBasis} $1")).toBe("This resource is not shared; legal basis: $& {legalBasis} $1.");
    expect(basis(null)).toBe("This resource is not shared; legal basis: not stated.");
  });

  test("hostile names are names", () => {
    const facts =
      '{"__proto__": {"classification": "public", "type": "constructor"}, "a/b": {"classification": "personal", "type": "toString"}}';
    const fields = JSON.parse(facts) as Record<string, never>;
    const purposeOf = purpose && { ...purpose, itemFields: ["__proto__", "a/b"], item: 'x" || true || "' };
    const decision = shipped.authorize({
      ...mortgage,
      resource: resource && { ...resource, sharing: "unconditional", fields },
      context: { ...context, purpose: purposeOf },
    });
    expect(JSON.parse(JSON.stringify(decision.fields))).toEqual(
      JSON.parse(
        '{"__proto__": {"kind": "permit", "treatment": {"kind": "give"}}, "a/b": {"kind": "permit", "treatment": {"kind": "mask", "method": "whole"}}}',
      ),
    );
    expect(Object.getPrototypeOf(decision.fields)).toBe(Object.prototype);
  });

  test.each([
    ["field", { fields: { state: { classification: "secret", type: "code" } } }],
    ["resource", { classification: "secret" }],
    ["sharing", { sharing: "sometimes" }],
  ])("an unknown class of a %s is a fault, and permits nothing", (_, change) => {
    const changed = { ...mortgage, resource: { ...resource, ...change } } as AuthorizationRequest;
    expect(() => shipped.authorize(changed)).toThrow(PolicyError);
  });

  test("an explanation is the decision, with the rules that made it", () => {
    const { decision, rules, fields } = shipped.explain(mortgage);
    expect(decision).toEqual(shipped.authorize(mortgage));
    expect(rules.map(({ id }) => id)).toEqual(["lookup-under-grant"]);
    expect(fields.get("mortgaged")?.rules.map(({ id }) => id)).toEqual(["mortgage-in-full"]);
    expect(fields.get("holderCode")?.rules.map(({ basis }) => basis)).toEqual(["个人信息保护法第二十八条"]);
  });
});

describe("refresh", () => {
  let directory: string;
  let policies: Policies;
  const file = (name: string) => join(directory, name);
  const rewrite = (name: string, change: (text: string) => string) =>
    writeFileSync(file(name), change(readFileSync(file(name), "utf8")));

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "tongyan-policies-"));
    cpSync(SHIPPED_SET, directory, { recursive: true });
    policies = openPolicies(directory, () => 1_700_000_000_000);
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  test("nothing new: nothing changes", () => {
    const { state } = policies;
    expect(state).toMatchObject({ problem: null, loadedAt: 1_700_000_000_000 });
    expect(state.rules).toBeGreaterThan(40);
    expect(policies.refresh()).toEqual({ changed: false, problem: null });
    expect(policies.state).toEqual(state);
  });

  test("a changed rule takes effect for the next decision, and changes the digest", () => {
    const before = policies.authorize(mortgage);
    rewrite("3-sharing.cedar", (text) => text.replace('Sharing::"not-shared"', 'Sharing::"conditional"'));
    expect(policies.authorize(mortgage)).toBe(before);
    expect(policies.refresh()).toEqual({ changed: true, problem: null });
    const after = policies.authorize(mortgage);
    expect(after).toMatchObject({ effect: "deny", reasons: [{ code: "NOT_SHARED" }] });
    expect(after.policySetDigest).toBe(policies.state.digest);
    expect(after.policySetDigest).not.toBe(before.policySetDigest);
  });

  test("a bad set is refused and told of, the last good one stays, and a mended one is taken", () => {
    const before = policies.authorize(mortgage);
    rewrite("6-fields.cedar", (text) => text.replace('@treatment("mask")', '@treatment("scramble")'));
    const problem = '6-fields.cedar, rule mask-personal: @treatment("scramble") is not understood';
    for (let round = 0; round < 3; round += 1) expect(policies.refresh()).toEqual({ changed: false, problem });
    expect(policies.state).toMatchObject({ digest: before.policySetDigest, problem });
    expect(policies.authorize(mortgage)).toEqual(before);
    expect(policies.explain(mortgage).decision).toEqual(before);
    rewrite("6-fields.cedar", (text) => text.replace('@treatment("scramble")', '@treatment("mask:whole")'));
    expect(policies.refresh()).toEqual({ changed: true, problem: null });
    expect(policies.authorize(mortgage).fields["contactPhone"]).toMatchObject({ treatment: { method: "whole" } });
    expect(policies.state.problem).toBeNull();
  });

  test("going back to the set in force settles the problem", () => {
    const text = readFileSync(file("5-grants.cedar"), "utf8");
    writeFileSync(file("5-grants.cedar"), "");
    expect(policies.refresh()).toEqual({ changed: false, problem: "5-grants.cedar: holds no policy" });
    writeFileSync(file("5-grants.cedar"), text);
    expect(policies.refresh()).toEqual({ changed: false, problem: null });
    expect(policies.state.problem).toBeNull();
  });

  test("many changes, good and bad, one after another", () => {
    for (let round = 0; round < 6; round += 1) {
      rewrite("1-callers.cedar", (text) => `${text}\n// ${round}\n`);
      expect(policies.refresh().changed).toBe(true);
      rewrite("1-callers.cedar", (text) => `${text}\nforbid`);
      expect(policies.refresh()).toMatchObject({
        changed: false,
        problem: expect.stringMatching(/^1-callers.cedar: /),
      });
      rewrite("1-callers.cedar", (text) => text.replace(/\nforbid$/, ""));
      expect(policies.authorize({ ...mortgage, context: { ...mortgage.context, hour: round } }).effect).toBe("permit");
    }
  });

  test("what was looked at is not in force before it is put there, and not once something else was found", () => {
    const { digest } = policies.state;
    expect(policies.look()).toEqual({ kind: "in-force" });
    rewrite("1-callers.cedar", (text) => `${text}\n// first\n`);
    const first = policies.look();
    expect([policies.look(), policies.state.digest]).toEqual([first, digest]);
    rewrite("1-callers.cedar", (text) => `${text}\n// second\n`);
    const second = policies.look();
    if (first.kind !== "new" || second.kind !== "new") throw new Error("nothing new was found");
    first.putInForce();
    expect(policies.state.digest).toBe(digest);
    second.putInForce();
    expect(policies.state.digest).toBe(second.digest);
    expect(policies.authorize(mortgage)).toMatchObject({ effect: "permit", policySetDigest: second.digest });
    first.putInForce();
    second.putInForce();
    expect([policies.state.digest, policies.look()]).toEqual([second.digest, { kind: "in-force" }]);
  });

  test("a set that was found cannot be put in force after the files went back, or went bad", () => {
    const { digest } = policies.state;
    const before = readFileSync(file("1-callers.cedar"), "utf8");
    for (const after of [before, `${before}\nforbid`]) {
      writeFileSync(file("1-callers.cedar"), `${before}\n// another\n`);
      const found = policies.look();
      writeFileSync(file("1-callers.cedar"), after);
      policies.look();
      if (found.kind === "new") found.putInForce();
      expect([found.kind, policies.state.digest]).toEqual(["new", digest]);
      expect(policies.authorize(mortgage).effect).toBe("permit");
    }
  });

  test("a directory that is gone leaves the last good set", () => {
    rmSync(directory, { recursive: true });
    expect(policies.refresh()).toMatchObject({ changed: false, problem: expect.stringContaining("cannot be read") });
    expect(policies.authorize(mortgage).effect).toBe("permit");
    cpSync(SHIPPED_SET, directory, { recursive: true });
    expect(policies.refresh()).toEqual({ changed: false, problem: null });
  });

  test("two sets side by side do not touch each other", () => {
    rewrite("3-sharing.cedar", (text) => text.replace('Sharing::"not-shared"', 'Sharing::"conditional"'));
    const other = openPolicies(directory);
    expect(other.authorize(mortgage).effect).toBe("deny");
    expect(policies.authorize(mortgage).effect).toBe("permit");
    expect(shipped.explain(mortgage).decision.effect).toBe("permit");
  });
});
