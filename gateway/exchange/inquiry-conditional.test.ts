import { describe, expect, test } from "vitest";
import { SourceError } from "#connectors/source-error.ts";
import { Fault } from "#gateway/fault.ts";
import type { FieldDecision } from "#policies/decision.ts";
import {
  BROKEN_SOURCES,
  CONDITIONAL,
  FOUND,
  GRANT,
  lookupOf,
  NOW,
  PURPOSE,
  sceneOf,
  unavailable,
} from "./inquiry-scene.ts";
import { exchangeLookup, type InquiryServices } from "./inquiry.ts";

describe("a conditional resource", () => {
  const conditional = { resource: "conditional", fields: ["state"] } as const;
  const DAY = 86_400_000;
  const at = (days: number): string => new Date(NOW + days * DAY).toISOString();

  test.each([
    ["no grant", [], "GRANT_MISSING"],
    ["an expired grant", [{ ...GRANT, until: at(-1) }], "GRANT_EXPIRED"],
    ["a grant to come", [{ ...GRANT, from: at(1) }], "GRANT_NOT_YET"],
    ["a suspended grant", [{ ...GRANT, suspended: true }], "GRANT_SUSPENDED"],
    ["a grant for another item", [{ ...GRANT, items: ["I-2"] }], "ITEM_OUTSIDE_GRANT"],
    ["a grant without the field", [{ ...GRANT, fields: ["number"] }], "FIELD_OUTSIDE_GRANT"],
    ["another organisation's grant", [{ ...GRANT, organisation: "11440000MB0E0002XC" }], "GRANT_MISSING"],
  ])("with %s is denied", async (_, grants, code) => {
    const { services } = sceneOf({ grants });
    const answer = await exchangeLookup(lookupOf(conditional), services);
    expect(answer.kind === "denied" ? answer.reasons[0]?.code : answer.kind).toBe(code);
  });

  test("counts answers against the grant's quota, and gives back what a source did not answer", async () => {
    const taken: string[] = [];
    const quota = {
      take: async (grant: string, perDay: number) => taken.push(`take ${grant} of ${perDay}`) < 4,
      giveBack: async (grant: string) => void taken.push(`give back ${grant}`),
    };
    let works = false;
    const lookup = async () => {
      if (!works) throw new SourceError("SOURCE_TIMEOUT", "slow");
      return FOUND;
    };
    const { services, records } = sceneOf({ grants: [GRANT], quota, lookup });
    await exchangeLookup(lookupOf(conditional), services);
    works = true;
    await exchangeLookup(lookupOf(conditional), services);
    expect(taken).toEqual(["take grant-1 of 2", "give back grant-1", "take grant-1 of 2"]);
    const turned: unknown = await exchangeLookup(lookupOf(conditional), services).catch((error: unknown) => error);
    expect(turned).toMatchObject({ code: "QUOTA_EXCEEDED", exchange: records.at(-1)?.id });
    expect(records.at(-1)).toMatchObject({ outcome: { result: "DENIED", code: "QUOTA_EXCEEDED" } });
  });

  /** What stands after each kind of failure: nothing taken, and the approval good for another time. */
  const failures: readonly (readonly [string, Partial<InquiryServices>])[] = [
    ["the log cannot be written", { log: { append: () => Promise.reject(new Fault("LOG_UNAVAILABLE")) } }],
    ["the provider cannot be told", { notices: { add: unavailable } }],
    [
      "the source answers what cannot be disclosed",
      { sources: { lookup: async () => null as never, match: unavailable } },
    ],
    ["the connector breaks", { sources: BROKEN_SOURCES }],
  ];
  test.each(failures)("takes nothing from quota and approval when %s", async (_, broken) => {
    let taken = 0;
    const quota = {
      take: async () => (taken += 1) > 0,
      giveBack: async () => void (taken -= 1),
    };
    const { services } = sceneOf({ grants: [GRANT], quota });
    const resource = { ...CONDITIONAL, classification: "important" } as const;
    const scene: InquiryServices = { ...services, registry: { ...services.registry, resource: () => resource } };
    const asked = lookupOf({ resource: "conditional", fields: ["holderCode"] });
    const waiting = await exchangeLookup(asked, scene);
    expect(waiting).toMatchObject({ kind: "denied", reasons: [{ code: "APPROVAL_REQUIRED" }] });
    const [approval = null] = scene.approvals.waiting(PURPOSE.organisation, 1).map(({ id }) => id);
    const approver = { organisation: PURPOSE.organisation, client: "approver", official: "wang" };
    scene.approvals.decide(approval ?? "", "approve", approver);

    await expect(exchangeLookup({ ...asked, approval }, { ...scene, ...broken })).rejects.toThrow();
    expect(taken).toBe(0);
    expect(await exchangeLookup({ ...asked, approval }, scene)).toMatchObject({ kind: "answered" });
    expect(taken).toBe(1);
    expect(await exchangeLookup({ ...asked, approval }, scene)).toMatchObject({ kind: "denied" });
  });

  test("an obligation that is not understood denies, on record too, and takes nothing", async () => {
    let taken = 0;
    const quota = { take: async () => (taken += 1) > 0, giveBack: async () => void (taken -= 1) };
    const { services, records } = sceneOf({ grants: [GRANT], quota });
    const state = { kind: "permit", treatment: { kind: "mask", method: "hash" } } as unknown as FieldDecision;
    const authorize: InquiryServices["authorize"] = (request) => {
      const decision = services.authorize(request);
      return { ...decision, fields: { ...decision.fields, state } };
    };
    const answer = await exchangeLookup(lookupOf(conditional), { ...services, authorize });
    expect(answer).toMatchObject({ kind: "denied", reasons: [{ code: "PLAN_NOT_UNDERSTOOD" }] });
    expect(records).toMatchObject([
      { decision: { effect: "deny", reasons: ["PLAN_NOT_UNDERSTOOD"] }, outcome: { result: "DENIED" }, disclosed: [] },
    ]);
    expect(taken).toBe(0);
  });

  test("an outage while something is given back hides no failure from the record", async () => {
    const quota = { take: async () => true, giveBack: () => Promise.reject(new Error("lost")) };
    const lookup = () => Promise.reject(new SourceError("SOURCE_TIMEOUT", "slow"));
    const { services, records } = sceneOf({ grants: [GRANT], quota, lookup });
    await expect(exchangeLookup(lookupOf(conditional), services)).rejects.toThrow("lost");
    expect(records).toMatchObject([{ outcome: { result: "UNANSWERED", code: "INTERNAL" } }]);
  });
});
