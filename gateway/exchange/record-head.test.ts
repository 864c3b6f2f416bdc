import { expect, test } from "vitest";
import type { ExchangeRecord } from "#gateway/log/exchange-record.ts";
import { headOf } from "#gateway/log/index/about-record.ts";
import { lookupOf, matchOf, sceneOf as inquiryScene } from "./inquiry-scene.ts";
import { exchangeLookup, exchangeMatch } from "./inquiry.ts";
import { DENY, sceneOf as verificationScene } from "./verification-scene.ts";
import { exchangeVerification } from "./verification.ts";
import { REGISTER } from "./register-fixture.ts";

async function recordOfInquiry(exchange: (scene: ReturnType<typeof inquiryScene>) => Promise<unknown>) {
  const scene = inquiryScene({
    match: async () => ({ kind: "not-found", asOf: "2026-11-20T00:00:00Z", reference: "R" }),
  });
  await exchange(scene);
  return scene.records[0];
}

async function recordOfVerification(changes: object, given: Parameters<typeof verificationScene>[0] = {}) {
  const { services, request, records } = verificationScene(given);
  await exchangeVerification({ ...request, ...changes }, services);
  return records[0];
}

/** Where it is not read by its head, the index takes several times as long for it. */
test.each<[name: string, record: () => Promise<ExchangeRecord | undefined>, about: object]>([
  [
    "a lookup",
    () => recordOfInquiry(({ services }) => exchangeLookup(lookupOf(), services)),
    { kind: "lookup", client: "window", resource: "register", caseNumber: "C-1", outcome: "FOUND" },
  ],
  [
    "a lookup that is denied",
    () =>
      recordOfInquiry(({ services }) =>
        exchangeLookup(lookupOf({ region: "340100", fields: ["holderCode"] }), services),
      ),
    { kind: "lookup", resource: "register" },
  ],
  [
    "a match",
    () => recordOfInquiry(({ services }) => exchangeMatch(matchOf(), services)),
    { kind: "match", client: "window", caseNumber: "C-1", outcome: "NOT_FOUND" },
  ],
  [
    "a verification",
    () => recordOfVerification({}),
    { kind: "verification", client: "local", outcome: "INDETERMINATE" },
  ],
  [
    "a verification that is denied",
    () => recordOfVerification({}, { decision: DENY }),
    { kind: "verification", outcome: "DENIED" },
  ],
  [
    "a verification that asks a register",
    () => recordOfVerification({ register: REGISTER }),
    { kind: "verification", resource: REGISTER.resource, item: REGISTER.purpose.itemCode },
  ],
])("the index reads %s by the head of its record", async (_, record, about) => {
  expect(headOf(Buffer.from(JSON.stringify(await record())))).toMatchObject(about);
});
