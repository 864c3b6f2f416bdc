import { describe, expect, test } from "vitest";
import { decide } from "./decide.ts";
import { SHIPPED_SET } from "./policies.ts";
import { fieldWord } from "./policy-case.ts";
import { buildPolicySet, readPolicyFiles } from "./policy-set.ts";
import type { AuthorizationRequest } from "./request.ts";

// What rules come to when several decide; the shipped rules themselves are tested by policies/cases.
const SCHEMA = readPolicyFiles(SHIPPED_SET).get("schema.cedarschema") ?? "";
const ASK = `@id("ask") @code("ASK") @zh("允许。") @en("Permitted.") permit (principal, action in [Action::"match", Action::"lookup"], resource);`;

const onFields = (id: string, annotations: string, condition = "", effect = "permit") =>
  `@id("${id}") @code("${id.toUpperCase().replaceAll("-", "_")}") @zh("理由${id}。") @en("Reason ${id}.") ${annotations}
   ${effect} (principal, action in [Action::"match-field", Action::"lookup-field"], resource) ${condition};`;

const REQUEST: AuthorizationRequest = {
  principal: { client: "c", organisation: null, region: null, roles: [], authentication: "token", address: "remote" },
  action: "lookup",
  resource: {
    id: "r",
    sharing: "conditional",
    legalBasis: null,
    classification: "general",
    provider: "p",
    fields: {
      holder: { classification: "personal", type: "name" },
      note: { classification: "general", type: "text" },
      flag: { classification: "sensitive", type: "flag" },
    },
  },
  context: {
    access: "loopback",
    purpose: null,
    grant: { id: "g", state: "live", fields: [], items: [], perDay: 5 },
    approved: false,
    hour: 0,
    owner: null,
  },
};

const decided = (rules: readonly string[], request = REQUEST) =>
  decide(
    buildPolicySet(
      "test",
      new Map([
        ["a.cedar", rules.join("\n")],
        ["schema.cedarschema", SCHEMA],
      ]),
    ),
    request,
  ).decision;
const words = (...rules: string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(decided([ASK, ...rules]).fields).map(([name, field]) => [name, fieldWord(field)]));

const GIVE = onFields("give", '@treatment("give")');
const isHolder = 'when { resource.name == "holder" }';
const given = { holder: "give", note: "blot", flag: "give" };

describe("of several rules for a field", () => {
  test("the strictest treatment wins, wherever it stands", () => {
    const mask = onFields("mask", '@treatment("mask")', isHolder);
    expect(words(GIVE, mask)).toEqual({ ...given, holder: "mask:name" });
    expect(words(mask, GIVE)).toEqual({ ...given, holder: "mask:name" });
    const year = onFields("year", '@treatment("generalise:year")', isHolder);
    expect(words(GIVE, mask, year)).toEqual({ ...given, holder: "generalise:year" });
    const matched = onFields("matched", '@treatment("match-only")', isHolder);
    expect(words(matched, year, GIVE, mask)).toEqual({ ...given, holder: "match-only" });
  });

  test("what is withheld is denied, with the rule that withholds", () => {
    const withhold = onFields("withhold", '@treatment("withhold")', isHolder);
    expect(words(GIVE, withhold)).toEqual({ ...given, holder: "deny:WITHHOLD" });
  });

  test("a forbid goes before every permit, and the first one is the reason", () => {
    const forbids = ["b-rule", "a-rule"].map((id) => onFields(id, "", isHolder, "forbid"));
    expect(words(GIVE, ...forbids)).toEqual({ ...given, holder: "deny:B_RULE" });
  });

  test("a field that no rule permits is denied, and so is one with a duty alone", () => {
    const holder = onFields("holder", '@treatment("give")', isHolder);
    const duty = onFields("duty", "@second_approver @watermark");
    expect(words(holder)).toEqual({ holder: "give", note: "deny:NO_RULE_PERMITS", flag: "deny:NO_RULE_PERMITS" });
    expect(words(holder, duty)).toEqual({
      holder: "give+approval",
      note: "deny:NO_RULE_PERMITS",
      flag: "deny:NO_RULE_PERMITS",
    });
  });
});

describe("the whole", () => {
  test("is denied when no field is left, with the reason of each", () => {
    const forbids = [
      onFields("no-holder", "", isHolder, "forbid"),
      onFields("no-others", "", 'unless { resource.name == "holder" }', "forbid"),
    ];
    const decision = decided([ASK, GIVE, ...forbids]);
    expect(decision).toMatchObject({ effect: "deny", fields: {}, duties: { secondApprover: false } });
    expect(decision.reasons.map(({ code, rule }) => [code, rule])).toEqual([
      ["NO_HOLDER", "no-holder"],
      ["NO_OTHERS", "no-others"],
    ]);
  });

  test("of a resource without fields nothing is permitted", () => {
    const empty = { ...REQUEST, resource: REQUEST.resource && { ...REQUEST.resource, fields: {} } };
    expect(decided([ASK, GIVE], empty)).toMatchObject({ effect: "deny", reasons: [{ code: "NO_RULE_PERMITS" }] });
  });

  test("fields are not decided on when the whole is denied", () => {
    expect(decided([GIVE])).toMatchObject({ effect: "deny", reasons: [{ code: "NO_RULE_PERMITS" }], fields: {} });
  });
});

describe("duties", () => {
  const duties = '@watermark @notify("provider") @second_approver';
  const onRequest = ASK.replace("@zh", `@quota("grant") @zh`);
  const none = { quota: null, watermark: false, notify: [], secondApprover: false };
  const all = { watermark: true, notify: ["provider"], secondApprover: true };

  test("of a field bind the whole answer, and say which field waits", () => {
    const decision = decided([onRequest, GIVE, onFields("duty", duties, isHolder)]);
    expect(decision.duties).toEqual({ ...all, quota: { grant: "g", perDay: 5 } });
    expect(decision.fields["holder"]).toMatchObject({ secondApprover: true, notify: true });
    expect(decision.fields["note"]).toEqual({ kind: "permit", treatment: expect.anything() });
  });

  test("of a field of which a lookup tells nothing bind nobody; a match tells of it", () => {
    const rules = [ASK, onFields("matched", `@treatment("match-only") ${duties}`)];
    expect(decided(rules).duties).toEqual(none);
    expect(decided(rules, { ...REQUEST, action: "match" }).duties).toEqual({ ...none, ...all });
  });

  test("of a field that is denied bind nobody", () => {
    const rules = [ASK, GIVE, onFields("duty", duties, isHolder), onFields("no", "", isHolder, "forbid")];
    expect(decided(rules).duties).toEqual(none);
  });

  test("an approved request waits for nobody; without a grant, or a bound in it, nothing is counted", () => {
    const rules = [onRequest, GIVE, onFields("duty", duties, isHolder)];
    const { context } = REQUEST;
    expect(decided(rules, { ...REQUEST, context: { ...context, approved: true } }).duties).toMatchObject({
      secondApprover: false,
      watermark: true,
    });
    const bounds = [{ perDay: null }, { state: "suspended" }, { state: "expired" }, { state: "not-yet" }] as const;
    for (const bound of [null, ...bounds]) {
      const grant = bound && context.grant && { ...context.grant, ...bound };
      expect(decided(rules, { ...REQUEST, context: { ...context, grant } }).duties.quota).toBeNull();
    }
  });

  test("of the whole bind it, and each of its fields", () => {
    const ask = ASK.replace("@zh", `@second_approver @watermark @notify("provider") @zh`);
    const rules = [ask, GIVE, onFields("hidden", `@treatment("match-only")`, isHolder)];
    const { duties, fields } = decided(rules);
    expect(duties).toEqual({ ...none, ...all });
    expect(fields["note"]).toMatchObject({ secondApprover: true, notify: true });
    expect(fields["holder"]).toEqual({ kind: "permit", treatment: { kind: "match-only" } });
    const approved = decided(rules, { ...REQUEST, context: { ...REQUEST.context, approved: true } });
    expect(approved.fields["note"]).not.toHaveProperty("secondApprover");
  });
});
