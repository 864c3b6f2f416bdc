import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parsePolicies } from "./cedar.ts";
import { decide } from "./decide.ts";
import { openPolicies, SHIPPED_SET } from "./policies.ts";
import { differencesFrom, type PolicyCase, readCases, readRequest, SHIPPED_CASES } from "./policy-case.ts";
import { PolicyError } from "./policy-error.ts";
import { buildPolicySet, type PolicyFiles, type PolicySet, readPolicyFiles } from "./policy-set.ts";

const cases = readCases(SHIPPED_CASES);
const files = readPolicyFiles(SHIPPED_SET);
const shipped = buildPolicySet("shipped", files);
/** The names of the rules that took part in each case: taking another one out changes nothing of it. */
const rulesIn = new Map(
  cases.map((each) => {
    const { rules, fields } = decide(shipped, each.request);
    return [each, new Set([...rules, ...[...fields.values()].flatMap((field) => field.rules)].map(({ id }) => id))];
  }),
);
const firstFailing = (set: PolicySet, among: readonly PolicyCase[]): PolicyCase | undefined =>
  among.find((each) => differencesFrom(each, decide(set, each.request).decision).length > 0);

const temporary = mkdtempSync(join(tmpdir(), "tongyan-cases-"));
afterAll(() => rmSync(temporary, { recursive: true }));

describe("the shipped policies decide as the cases say", () => {
  test("there are enough of both kinds", () => {
    const count = (effect: string) => cases.filter((each) => each.effect === effect).length;
    expect(count("permit")).toBeGreaterThan(30);
    expect(count("deny")).toBeGreaterThan(30);
  });

  test.each(cases.map((each) => [each.file, each] as const))("%s", (_, each) => {
    expect(differencesFrom(each, decide(shipped, each.request).decision)).toEqual([]);
  });

  test("every denial gives its reason in Chinese and in English, and nothing else", () => {
    for (const { request, effect } of cases) {
      const { decision } = decide(shipped, request);
      const denied = Object.values(decision.fields).flatMap((field) => (field.kind === "deny" ? [field.reason] : []));
      for (const { zh, en } of [...decision.reasons, ...denied]) {
        expect(zh).toMatch(/\p{Script=Han}.*。$/u);
        expect(en).toMatch(/^[A-Z].*\.$/);
      }
      if (effect === "deny") expect(decision).toMatchObject({ plan: {}, fields: {}, duties: { quota: null } });
    }
  });
});

describe("a wrong policy makes cases fail", () => {
  /** The set without one of its rules, in one file. */
  const without = (id: string): PolicyFiles => {
    const place = { file: "all", rule: null };
    const rules = [...files].flatMap(([name, text]) => (name.endsWith(".cedar") ? parsePolicies(text, place) : []));
    const kept = rules.filter(({ json }) => json.annotations?.["id"] !== id);
    expect(kept).toHaveLength(rules.length - 1);
    const texts = kept.map(({ text }) => text).join("\n");
    return new Map([
      ["all.cedar", texts],
      ["schema.cedarschema", files.get("schema.cedarschema") ?? ""],
    ]);
  };

  test.each(shipped.rules.map(({ effect, id }) => [effect, id]))("%s %s taken out", (_, id) => {
    const concerned = cases.filter((each) => rulesIn.get(each)?.has(id));
    expect(firstFailing(buildPolicySet("mutant", without(id)), concerned)).toBeDefined();
  });

  test.each([
    ["6-fields.cedar", '@treatment("mask")', '@treatment("give")'],
    ["6-fields.cedar", "@second_approver", "@watermark"],
    ["3-sharing.cedar", '@quota("grant")', ""],
    ["7-items.cedar", "MNR-1161-02", "MNR-1161-03"],
    ["5-grants.cedar", "!context.grant.items.contains", "context.grant.items.contains"],
    ["4-purpose.cedar", 'CaseState::"closed"', 'CaseState::"open"'],
    ["1-callers.cedar", '["department", "peer"]', '["department", "peer", "operator"]'],
    ["2-verification.cedar", 'principal.address == Address::"loopback"', 'principal.address != Address::"remote"'],
  ])("%s with %s changed, in a directory of its own", (name, from, to) => {
    const directory = mkdtempSync(join(temporary, "set-"));
    cpSync(SHIPPED_SET, directory, { recursive: true });
    const text = readFileSync(join(directory, name), "utf8");
    expect(text).toContain(from);
    writeFileSync(join(directory, name), text.replace(from, to));
    const policies = openPolicies(directory);
    const differing = cases.filter((each) => differencesFrom(each, policies.authorize(each.request)).length > 0);
    expect(differing).not.toEqual([]);
    expect(differing.length).toBeLessThan(cases.length);
  });
});

describe("a case", () => {
  const written = (file: string) =>
    JSON.parse(readFileSync(join(SHIPPED_CASES, file), "utf8")) as Record<string, object>;
  const permitted = written("allow/unconditional-lookup.json");
  const held = (content: unknown, folder = "allow"): string => {
    const directory = mkdtempSync(join(temporary, "cases-"));
    mkdirSync(join(directory, folder));
    writeFileSync(join(directory, folder, "one.json"), typeof content === "string" ? content : JSON.stringify(content));
    return directory;
  };
  const differing = (content: object, folder?: string) =>
    readCases(held(content, folder)).map((each) => differencesFrom(each, decide(shipped, each.request).decision))[0];

  test("says what is otherwise", () => {
    const expected = {
      reasons: ["GRANTED"],
      fields: { state: "mask:whole", colour: "give" },
      duties: { watermark: false },
    };
    const differences = differing({ ...permitted, expect: expected }, "deny");
    expect(differences).toContainEqual({ what: "effect", expected: "deny", came: "permit" });
    expect(differences).toContainEqual({ what: "reasons", expected: "GRANTED", came: "SHARED_UNCONDITIONALLY" });
    expect(differences).toContainEqual({ what: "field state", expected: "mask:whole", came: "give" });
    expect(differences).toContainEqual({ what: "field colour", expected: "give", came: "none" });
    expect(differences).toContainEqual({ what: "field area", expected: "none", came: "give" });
    expect(differences).toContainEqual({ what: "duty watermark", expected: "false", came: "true" });
  });

  test("expects the effect of its folder and what it names, no more", () => {
    expect(differing({ ...permitted, expect: {} })).toEqual([]);
  });

  const request = permitted["request"] as Readonly<Record<string, object>>;
  test.each([
    ["that is no JSON", "{", /it is not JSON/],
    ["without a request", { comment: "x", expect: {} }, /must have required property 'request'/],
    ["that expects something unknown", { ...permitted, expect: { treatment: "give" } }, /must NOT have additional/],
    [
      "with an unknown member in a fact",
      { ...permitted, request: { ...request, colour: 1 } },
      /must NOT have additional/,
    ],
    [
      "of an unknown action",
      { ...permitted, request: { ...request, action: "browse" } },
      /\/request\/action must be equal/,
    ],
    ["with an unknown resource", { ...permitted, request: { ...request, resource: "no-such" } }, /no resource no-such/],
    [
      "with a path for a resource",
      { ...permitted, request: { ...request, resource: "../../set/../package" } },
      /no resource/,
    ],
  ])("%s is refused with its file", (_, content, problem) => {
    expect(() => readCases(held(content))).toThrow(PolicyError);
    expect(() => readCases(held(content))).toThrow(problem);
    expect(() => readCases(held(content))).toThrow(/one\.json/);
  });

  test("a folder without cases is a mistake", () => {
    expect(() => readCases(temporary)).toThrow(PolicyError);
  });

  test("its request can be read alone, and with a resource that stands beside it", () => {
    const directory = held({ ...request, resource: "own" });
    mkdirSync(join(directory, "resources"));
    const resource = {
      id: "own",
      sharing: "unconditional",
      legalBasis: null,
      classification: "general",
      provider: "p",
      fields: {},
    };
    writeFileSync(join(directory, "resources", "own.json"), JSON.stringify(resource));
    expect(readRequest(join(directory, "allow", "one.json"))).toEqual({ ...request, resource });
    writeFileSync(join(directory, "resources", "own.json"), JSON.stringify({ ...resource, sharing: "sometimes" }));
    expect(() => readRequest(join(directory, "allow", "one.json"))).toThrow(/own\.json: \/sharing/);
    expect(() => readRequest(join(directory, "allow", "two.json"))).toThrow(/two\.json: cannot be read \(ENOENT\)/);
  });
});
