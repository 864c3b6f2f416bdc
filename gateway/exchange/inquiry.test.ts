import { describe, expect, test } from "vitest";
import { SourceError } from "#connectors/source-error.ts";
import type { MatchAnswer } from "#connectors/source.ts";
import { DisclosureError } from "#policies/disclose.ts";
import { Fault } from "#gateway/fault.ts";
import type { SourceEntry } from "#gateway/registry/entities.ts";
import type { FieldDecision, Treatment } from "#policies/decision.ts";
import type { Grant } from "#gateway/registry/entities.ts";
import {
  BROKEN_SOURCES,
  CONDITIONAL,
  FOUND,
  GRANT,
  lookupOf,
  matchOf,
  NOW,
  PURPOSE,
  sceneOf,
  SECRET,
  unavailable,
  WINDOW,
} from "./inquiry-scene.ts";
import { exchangeLookup, exchangeMatch, type InquiryServices } from "./inquiry.ts";

const MATCHED: MatchAnswer = {
  kind: "found",
  asOf: "2026-11-20T00:00:00Z",
  reference: "r",
  claims: { holderName: "match" },
  state: "注销",
};

/** Every text that may leave or stay: answer and records. No spelling of the secret may stand in one. */
function leaksIn(...values: readonly unknown[]): string[] {
  const text = JSON.stringify(values).toLowerCase();
  return [SECRET.name, SECRET.code].filter((secret) => text.includes(secret.toLowerCase()));
}

describe("a lookup", () => {
  test("gives what the plan allows, masked, and is recorded before it answers", async () => {
    const { services, records, asked } = sceneOf();
    const answer = await exchangeLookup(lookupOf(), services);
    expect(answer).toMatchObject({
      kind: "answered",
      body: {
        outcome: "FOUND",
        record: { number: "第1号", holderName: "欧***", note: "共有人****（******************）", state: "现势" },
        treatments: { holderName: { treatment: "mask" }, state: { treatment: "give" } },
        source: { id: "anhui", region: "340000", asOf: "2026-11-20T00:00:00Z" },
      },
    });
    expect(leaksIn(answer, records)).toEqual([]);
    expect(asked[0]).toMatchObject({ fields: ["number", "holderName", "note", "state"], exchange: answer.exchange });
    expect(records).toMatchObject([
      {
        id: answer.exchange,
        kind: "lookup",
        receivedAt: new Date(NOW).toISOString(),
        client: { id: "window", organisation: PURPOSE.organisation },
        request: { resource: "register", keys: ["number"], purpose: PURPOSE },
        decision: { effect: "permit" },
        outcome: { result: "FOUND", code: null },
        duties: ["watermark"],
      },
    ]);
  });

  test("says on its watermark for whom, for what and when", async () => {
    const { services } = sceneOf();
    const answer = await exchangeLookup(lookupOf(), services);
    const watermark = answer.kind === "answered" ? answer.body.watermark : null;
    expect(watermark).toBe(`仅供示例市政务服务中心（li）办理“示例事项”C-1使用，2026-11-21，${answer.exchange}`);
  });

  test("does not ask the source for a field that may not be told", async () => {
    const { services, asked } = sceneOf();
    const answer = await exchangeLookup(lookupOf({ fields: ["state", "holderCode"] }), services);
    expect(asked).toMatchObject([{ fields: ["state"] }]);
    expect(answer).toMatchObject({ kind: "answered", body: { record: { state: "现势", holderCode: null } } });
    const treatment = answer.kind === "answered" ? answer.body.treatments["holderCode"] : undefined;
    expect(treatment).toHaveProperty("code");
    expect(treatment?.treatment).not.toBe("give");
  });

  test("of nothing that may be told is denied, with the rule", async () => {
    const { services, asked, records } = sceneOf();
    const answer = await exchangeLookup(lookupOf({ fields: ["holderCode"] }), services);
    expect(answer).toMatchObject({ kind: "denied", reasons: [{ code: expect.stringMatching(/^[A-Z_]+$/) }] });
    expect(asked).toEqual([]);
    expect(records).toMatchObject([{ outcome: { result: "DENIED" }, decision: { effect: "deny" }, disclosed: [] }]);
  });

  test("that finds nothing says so", async () => {
    const { services, records, notices } = sceneOf({
      grants: [GRANT],
      lookup: async () => ({ kind: "not-found", asOf: FOUND.asOf, reference: "r" }),
    });
    const answer = await exchangeLookup(lookupOf({ resource: "conditional", fields: ["holderCode"] }), services);
    expect(answer).toMatchObject({ kind: "answered", body: { outcome: "NOT_FOUND", record: null, notified: [] } });
    expect(records).toMatchObject([
      { outcome: { result: "NOT_FOUND" }, disclosed: [], duties: ["quota", "watermark"], source: { id: "anhui" } },
    ]);
    expect(notices).toEqual([]);
  });

  test("of sensitive fields is told to the provider, and recorded so; of others it is not", async () => {
    const { services, records, notices } = sceneOf({ grants: [GRANT] });
    const other = await exchangeLookup(lookupOf({ resource: "conditional", fields: ["state"] }), services);
    expect(other).toMatchObject({ kind: "answered", body: { notified: [] } });
    expect(records.splice(0)).toMatchObject([{ duties: ["quota", "watermark"] }]);
    const answer = await exchangeLookup(lookupOf({ resource: "conditional", fields: ["holderCode"] }), services);
    expect(answer).toMatchObject({ kind: "answered", body: { outcome: "FOUND", notified: ["provider"] } });
    expect(records).toMatchObject([{ duties: ["quota", "watermark", "notify-provider"] }]);
    expect(notices).toMatchObject([{ organisation: "11440000MB0E0002XC", exchange: answer.exchange }]);
  });

  test("stands on record under one pseudonym, however its keys are written", async () => {
    const { services, entries } = sceneOf();
    const asked = ["皖（2026）第1号", "皖(2026)第1号", " 皖（２０２６） 第1号", "皖（2026）第2号"];
    for (const number of asked) await exchangeLookup(lookupOf({ keys: { number } }), services);
    const [first, ...others] = entries.map(({ subject }) => subject);
    expect(others.map((subject) => subject === first)).toEqual([true, true, false]);
  });

  test("is logged with what was asked, the very bytes of the answer, and whom it is about", async () => {
    const { services, entries, observed } = sceneOf();
    const answer = await exchangeLookup(lookupOf({ fields: ["holderCode", "state"] }), services);
    const [entry] = entries;
    if (answer.kind !== "answered" || entry === undefined) throw new Error(answer.kind);
    expect(JSON.parse(answer.bytes.toString())).toEqual(answer.body);
    expect(entry).toMatchObject({
      record: { id: answer.exchange },
      request: lookupOf().asked,
      answer: answer.bytes,
      persons: [SECRET.code],
    });
    expect(JSON.stringify(entry.record)).not.toContain(SECRET.code);
    expect(observed).toEqual([
      {
        record: entry.record,
        timing: { milliseconds: expect.any(Number), sourceMilliseconds: expect.any(Number), lacking: 0 },
      },
    ]);
  });

  test("that is denied is logged without an answer, and observed with no time of a source", async () => {
    const { services, entries, observed } = sceneOf();
    await exchangeLookup(lookupOf({ purpose: { ...PURPOSE, caseNumber: "C-9" } }), services);
    expect(entries).toMatchObject([{ record: { outcome: { result: "DENIED" } }, answer: null, persons: [] }]);
    expect(observed).toMatchObject([{ timing: { sourceMilliseconds: null } }]);
  });

  test("that was not recorded is not observed", async () => {
    const { services, observed } = sceneOf({ append: () => Promise.reject(new Fault("LOG_UNAVAILABLE")) });
    await expect(exchangeLookup(lookupOf(), services)).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
    expect(observed).toEqual([]);
  });

  test.each([
    ["of an item that nobody knows", { itemCode: "I-9" }, "ITEM_UNKNOWN"],
    ["under another item's name", { itemName: "别的事项" }, "ITEM_NAME_MISMATCH"],
    ["for another organisation", { organisation: "11440000MB0E0002XC" }, "ORGANISATION_MISMATCH"],
    ["for a case that nobody opened", { caseNumber: "C-9" }, "CASE_UNKNOWN"],
    ["for a closed case", { caseNumber: "C-2" }, "CASE_CLOSED"],
    ["for a case of another item", { caseNumber: "C-3" }, "CASE_UNKNOWN"],
  ])("%s is denied, and the source not asked", async (_, changes, code) => {
    const { services, asked, records } = sceneOf();
    const answer = await exchangeLookup(lookupOf({ purpose: { ...PURPOSE, ...changes } }), services);
    expect(answer.kind === "denied" ? answer.reasons.map((reason) => reason.code) : answer.kind).toContain(code);
    expect(asked).toEqual([]);
    expect(records).toHaveLength(1);
  });

  test("whether another organisation has a case is not told", async () => {
    const { services } = sceneOf();
    const caller = { ...WINDOW, organisation: { code: "11440000MB0E0002XC", name: "别处", region: "440000" } };
    const codes = async (caseNumber: string) => {
      const answer = await exchangeLookup(lookupOf({ caller, purpose: { ...PURPOSE, caseNumber } }), services);
      return answer.kind === "denied" ? answer.reasons.map(({ code }) => code) : [answer.kind];
    };
    expect(await codes("C-2")).toEqual(await codes("C-9"));
    expect(await codes("C-1")).toEqual(await codes("C-9"));
  });

  test("a source that fails is recorded and told, with its code", async () => {
    const lookup = () => Promise.reject(new SourceError("SOURCE_SUSPENDED", "breaker open", { retryAfter: 5000 }));
    const { services, records } = sceneOf({ lookup });
    const answer = await exchangeLookup(lookupOf(), services);
    expect(answer).toEqual({
      kind: "unanswered",
      exchange: records[0]?.id,
      code: "SOURCE_SUSPENDED",
      retryAfter: 5000,
    });
    expect(records).toMatchObject([
      { outcome: { result: "UNANSWERED", code: "SOURCE_SUSPENDED" }, disclosed: [], source: null },
    ]);
  });

  test("whether another organisation has a grant is not told", async () => {
    const caller = { ...WINDOW, organisation: { code: "11440000MB0E0002XC", name: "别处", region: "440000" } };
    const codes = async (grants: readonly Grant[]) => {
      const { services } = sceneOf({ grants });
      const answer = await exchangeLookup(lookupOf({ caller, resource: "conditional" }), services);
      return answer.kind === "denied" ? answer.reasons.map(({ code }) => code) : [answer.kind];
    };
    const none = await codes([]);
    expect(none).toContain("ORGANISATION_MISMATCH");
    for (const grant of [GRANT, { ...GRANT, suspended: true }, { ...GRANT, items: ["I-2"] }])
      expect(await codes([grant])).toEqual(none);
  });

  test("that a caller left is on record once the source was asked", async () => {
    const gone = new AbortController();
    const reason = new Fault("INVALID_REQUEST", "the caller has gone");
    const lookup = (): never => {
      gone.abort(reason);
      throw reason;
    };
    const { services, records, asked } = sceneOf({ lookup });
    await expect(exchangeLookup(lookupOf({ calls: { signal: gone.signal } }), services)).rejects.toBe(reason);
    expect(records).toMatchObject([{ outcome: { result: "UNANSWERED", code: "CALLER_GONE" }, disclosed: [] }]);
    expect(records[0]?.id).toBe(asked[0]?.exchange);
  });

  test.each([
    ["a connector's exception", { sources: BROKEN_SOURCES }, "INTERNAL"],
    ["a provider that cannot be told", { notices: { add: unavailable } }, "REGISTRY_UNAVAILABLE"],
  ])("%s answers nothing, and is on record", async (_, services, code) => {
    const scene = sceneOf({ grants: [GRANT], services });
    const answer = exchangeLookup(lookupOf({ resource: "conditional", fields: ["holderCode"] }), scene.services);
    await expect(answer).rejects.toThrow();
    expect(scene.records).toMatchObject([{ outcome: { result: "UNANSWERED", code }, disclosed: [], duties: [] }]);
  });

  test("nothing is answered that is not recorded", async () => {
    const { services } = sceneOf({ append: () => Promise.reject(new Fault("LOG_UNAVAILABLE")) });
    await expect(exchangeLookup(lookupOf(), services)).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
  });

  test("policies that fail are no denial", async () => {
    const authorize = (): never => {
      throw new DisclosureError("broken");
    };
    const { services, records } = sceneOf({ services: { authorize } });
    await expect(exchangeLookup(lookupOf(), services)).rejects.toMatchObject({ code: "POLICY_UNAVAILABLE" });
    expect(records).toEqual([]);
  });

  test.each([
    ["an unknown resource", { resource: "nothing" }, "RESOURCE_UNKNOWN"],
    ["a region without a source", { region: "110000" }, "NO_SOURCE"],
    ["no key", { keys: {} }, "KEYS_INVALID"],
    ["a key too many", { keys: { number: "1", state: "现势" } }, "KEYS_INVALID"],
    ["a key that is no field", { keys: { __proto__x: "1" } }, "KEYS_INVALID"],
    ["a key with a line break", { keys: { number: "1\n2" } }, "KEYS_INVALID"],
    ["a field that is none", { fields: ["state", "constructor"] }, "FIELDS_INVALID"],
    ["a field twice", { fields: ["state", "state"] }, "FIELDS_INVALID"],
  ])("%s is refused", async (_, changes, code) => {
    const { services, asked } = sceneOf();
    await expect(exchangeLookup(lookupOf(changes), services)).rejects.toMatchObject({ code });
    expect(asked).toEqual([]);
  });
});

test.each(["01a1fc28-2922-7149-8127-111111111111", "table:1:2"])(
  "a reference like %s is told as it is",
  async (reference) => {
    const { services } = sceneOf({ lookup: async () => ({ ...FOUND, reference }) });
    expect(await exchangeLookup(lookupOf(), services)).toMatchObject({ body: { source: { reference } } });
  },
);

describe("a peer", () => {
  const peer = { ...WINDOW, id: "peer", roles: ["peer"] } as const;
  const toPeer: SourceEntry = { id: "anhui", resource: "register", zh: "", en: "", settings: { kind: "peer" } };

  test("is not answered out of another peer's source", async () => {
    const { services, asked } = sceneOf();
    const behind = { ...services, registry: { ...services.registry, source: () => toPeer } };
    await expect(exchangeLookup(lookupOf({ caller: peer }), behind)).rejects.toMatchObject({ code: "NO_SOURCE" });
    expect(asked).toEqual([]);
    expect((await exchangeLookup(lookupOf(), behind)).kind).toBe("answered");
    expect((await exchangeLookup(lookupOf({ caller: peer }), services)).kind).toBe("answered");
  });
});

describe("a match", () => {
  test("answers for each claim, with the licence's state, and nothing of the record", async () => {
    const { services, records } = sceneOf({ match: async () => ({ ...MATCHED, reference: `no ${SECRET.code}` }) });
    const answer = await exchangeMatch(matchOf(), services);
    expect(answer).toMatchObject({
      kind: "answered",
      body: { outcome: "MATCHED", claims: { holderName: "match" }, state: { code: "cancelled", zh: "注销" } },
    });
    expect(leaksIn(answer, records)).toEqual([]);
    expect(records).toMatchObject([
      {
        kind: "match",
        outcome: { result: "MATCHED" },
        disclosed: [
          { field: "holderName", treatment: "match" },
          { field: "state", treatment: "give" },
        ],
      },
    ]);
  });

  test.each([
    [{ holderName: "match", holderCode: "mismatch" }, "MISMATCHED"],
    [{ holderName: "match", holderCode: "no-data" }, "INCOMPLETE"],
    [{ holderName: "mismatch", holderCode: "no-data" }, "MISMATCHED"],
    [{ holderName: "match" }, "INCOMPLETE"],
  ] as const)("%j is %s", async (claims, outcome) => {
    const { services } = sceneOf({ match: async () => ({ ...MATCHED, claims }) });
    const answer = await exchangeMatch(
      matchOf({ claims: { holderName: SECRET.name, holderCode: SECRET.code } }),
      services,
    );
    const body = answer.kind === "answered" ? answer.body : null;
    // The last source leaves a claim out: it must not be taken for a match.
    expect(Object.values(body?.claims ?? {}).every((each) => each === "match")).toBe(false);
    expect(body?.outcome).toBe(outcome);
  });

  test("a state that the register does not know is unknown, not in force", async () => {
    const { services } = sceneOf({ match: async () => ({ ...MATCHED, state: "constructor" }) });
    const answer = await exchangeMatch(matchOf(), services);
    expect(answer).toMatchObject({ body: { state: { code: "unknown" } } });
  });

  test("that tells a state carries out the duties of the state", async () => {
    const { services, asked, notices } = sceneOf({ match: async () => MATCHED });
    const withDuty = (duty: { readonly notify: true } | { readonly secondApprover: true }): InquiryServices => ({
      ...services,
      authorize: (request) => {
        const decision = services.authorize(request);
        const state: FieldDecision = { kind: "permit", treatment: { kind: "give" }, ...duty };
        const duties = { ...decision.duties, notify: ["provider"] } as const;
        return { ...decision, duties, fields: { ...decision.fields, state } };
      },
    });
    const answer = await exchangeMatch(matchOf(), withDuty({ notify: true }));
    expect(answer).toMatchObject({ body: { state: { code: "cancelled" }, notified: ["provider"] } });
    expect(notices).toHaveLength(1);
    await exchangeMatch(matchOf(), withDuty({ secondApprover: true }));
    expect(asked).toMatchObject([{ state: "state" }, { state: null }]);
  });

  test.each(["mask", "generalise", "match-only"] as const)("a state under %s stays at the source", async (kind) => {
    const { services, asked, records } = sceneOf({
      match: async ({ state }) => ({ ...MATCHED, state: state === null ? null : MATCHED.state }),
    });
    const authorize: InquiryServices["authorize"] = (request) => {
      const decision = services.authorize(request);
      const treatment = { kind, method: kind === "mask" ? "whole" : "year" } as Treatment;
      return { ...decision, fields: { ...decision.fields, state: { kind: "permit", treatment } } };
    };
    const answer = await exchangeMatch(matchOf(), { ...services, authorize });
    expect(answer).toMatchObject({ kind: "answered", body: { state: null } });
    expect(asked).toMatchObject([{ state: null }]);
    expect(records).toMatchObject([{ disclosed: [{ field: "holderName", treatment: "match" }] }]);
  });

  test("a claim with a wrong check digit is refused before anybody is asked", async () => {
    const { services, asked } = sceneOf({ match: async () => MATCHED });
    const claims = { holderCode: "110105194912310021" };
    await expect(exchangeMatch(matchOf({ claims }), services)).rejects.toMatchObject({ code: "KEYS_INVALID" });
    expect(asked).toEqual([]);
  });
});

describe("a key of several", () => {
  const resource = { ...CONDITIONAL, keys: [["number"], ["number", "holderName"]] };
  const registry = (services: InquiryServices) => ({ ...services.registry, resource: () => resource });

  test.each(["lookup", "match"] as const)(
    "of which the grant knows nothing cannot be tried out by a %s",
    async (kind) => {
      const { services, asked } = sceneOf({ grants: [{ ...GRANT, fields: ["number", "state"] }] });
      const scene = { ...services, registry: registry(services) };
      const keys = { number: "第1号", holderName: SECRET.name };
      const answer =
        kind === "lookup"
          ? await exchangeLookup(lookupOf({ keys, fields: ["state"] }), scene)
          : await exchangeMatch(matchOf({ keys, claims: { state: "现势" } }), scene);
      expect(answer).toMatchObject({ kind: "denied", reasons: [{ code: "FIELD_OUTSIDE_GRANT" }] });
      expect(asked).toEqual([]);
    },
  );

  test("that the grant names is one", async () => {
    const { services } = sceneOf({ grants: [GRANT] });
    const keys = { number: "第1号", holderName: SECRET.name };
    const scene = { ...services, registry: registry(services) };
    const answer = await exchangeLookup(lookupOf({ keys, fields: ["state"] }), scene);
    expect(answer).toMatchObject({ kind: "answered", body: { outcome: "FOUND" } });
  });
});
