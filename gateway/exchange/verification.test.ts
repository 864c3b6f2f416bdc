import { describe, expect, test } from "vitest";
import { Fault } from "#gateway/fault.ts";
import type { ExchangeRecord } from "#gateway/log/exchange-record.ts";
import { unverifiedReport } from "#gateway/workers/unverified-report.ts";
import type { Verification } from "#gateway/workers/verifier.ts";
import { exchangeVerification, type VerificationRequest, type VerificationServices } from "./verification.ts";

const NOW = Date.UTC(2026, 10, 21);
const REQUEST: VerificationRequest = {
  client: { id: "local", network: "loopback" },
  document: { take: () => new Uint8Array(9), length: 9, sha256: "ab".repeat(32) },
  at: null,
  policy: "gb-t-38540",
};
const REPORT = unverifiedReport({
  reason: "BUDGET",
  detail: "",
  sha256: REQUEST.document.sha256,
  bytes: 9,
  policy: "gb-t-38540",
  snapshot: "sha256:0",
  at: NOW,
});

type Scene = {
  readonly verification?: Verification;
  readonly access?: VerificationServices["access"];
  readonly append?: () => Promise<void>;
};

function sceneOf({ verification = { kind: "report", report: REPORT }, access = "loopback", append }: Scene = {}) {
  const records: ExchangeRecord[] = [];
  const asked: unknown[] = [];
  const services: VerificationServices = {
    access,
    clock: () => NOW,
    async verify({ at, policy }) {
      asked.push({ at, policy });
      return verification;
    },
    log: {
      async append(record) {
        await append?.();
        records.push(record);
      },
    },
  };
  return { services, records, asked };
}

const failToAppend = (): Promise<void> => Promise.reject(new Fault("LOG_UNAVAILABLE"));

test("a report is recorded as it is answered", async () => {
  const { services, records, asked } = sceneOf();
  const answer = await exchangeVerification(REQUEST, services);
  expect(answer).toMatchObject({ kind: "report", report: { verdict: "INDETERMINATE" } });
  expect(records).toHaveLength(1);
  const [record] = records;
  expect(record?.report).toBe(answer.kind === "report" ? answer.report : null);
  expect(record).toMatchObject({
    receivedAt: "2026-11-21T00:00:00.000Z",
    request: { sha256: REQUEST.document.sha256, bytes: 9, at: null },
    decision: { effect: "permit", reasons: ["LOCAL_CALLER"] },
    outcome: { result: "INDETERMINATE", code: null },
  });
  expect(asked).toEqual([{ at: NOW, policy: "gb-t-38540" }]);
});

test("the time asked for is the time verified for, and stands in the record", async () => {
  const { services, records, asked } = sceneOf();
  await exchangeVerification({ ...REQUEST, at: 0, policy: "strict" }, services);
  expect(asked).toEqual([{ at: 0, policy: "strict" }]);
  expect(records[0]?.request).toMatchObject({ at: "1970-01-01T00:00:00.000Z", policy: "strict" });
});

test("refused input is recorded, with its code", async () => {
  const { services, records } = sceneOf({ verification: { kind: "refused", code: "ZIP_BOMB", detail: "entry 3" } });
  const answer = await exchangeVerification(REQUEST, services);
  expect(answer).toMatchObject({ kind: "refused", code: "ZIP_BOMB", detail: "entry 3", exchange: records[0]?.id });
  expect(records[0]).toMatchObject({ outcome: { result: "REFUSED", code: "ZIP_BOMB" }, report: null });
});

test.each(["BUDGET", "CHECK_ERROR"] as const)("no verdict for %s is INDETERMINATE, never an error", async (reason) => {
  const verification = { kind: "abandoned", reason, detail: "over 10000 ms", snapshot: "sha256:1" } as const;
  const { services, records } = sceneOf({ verification });
  const answer = await exchangeVerification(REQUEST, services);
  expect(answer).toMatchObject({
    kind: "report",
    report: {
      verdict: "INDETERMINATE",
      nextAction: "ASK",
      document: { sha256: REQUEST.document.sha256, bytes: 9 },
      answers: {
        integrity: { outcome: "unsure", code: reason },
        authority: { code: reason },
        status: { code: reason },
      },
      checks: [{ outcome: "unsure", reason, detail: "over 10000 ms" }],
      trust: { snapshot: "sha256:1", policy: "gb-t-38540", at: "2026-11-21T00:00:00.000Z" },
    },
  });
  expect(records[0]?.outcome).toEqual({ result: "INDETERMINATE", code: null });
});

describe("who may ask", () => {
  test.each(["remote", "proxied"] as const)(
    "a %s caller is denied before anything is done, on record",
    async (network) => {
      const { services, records, asked } = sceneOf();
      const answer = await exchangeVerification({ ...REQUEST, client: { id: "anonymous", network } }, services);
      expect(answer).toMatchObject({ kind: "denied", exchange: records[0]?.id });
      expect(asked).toEqual([]);
      expect(records[0]).toMatchObject({ decision: { effect: "deny" }, outcome: { result: "DENIED" }, report: null });
    },
  );

  test("unless the operator opened the service", async () => {
    const { services } = sceneOf({ access: "open" });
    const answer = await exchangeVerification({ ...REQUEST, client: { id: "anonymous", network: "remote" } }, services);
    expect(answer.kind).toBe("report");
  });
});

describe("a natural person's name and code", () => {
  const licence = {
    proven: true,
    identifier: null,
    typeCode: null,
    typeName: null,
    number: null,
    issuer: { code: null, name: null },
    holder: { name: "张三", code: "11010119900307233X", codeType: "111" },
    issuedOn: null,
    validFrom: null,
    validTo: null,
    fields: {},
  };

  test("are masked in the answer and in the record", async () => {
    const { services, records } = sceneOf({ verification: { kind: "report", report: { ...REPORT, licence } } });
    const answer = await exchangeVerification(REQUEST, services);
    expect(JSON.stringify([answer, records])).not.toMatch(/张三|11010119900307233X|19900307/);
  });
});

test("nothing is answered before the record is durable", async () => {
  const order: string[] = [];
  const append = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    order.push("durable");
  };
  await exchangeVerification(REQUEST, sceneOf({ append }).services);
  order.push("answered");
  expect(order).toEqual(["durable", "answered"]);
});

test.each<Verification>([
  { kind: "report", report: REPORT },
  { kind: "refused", code: "NOT_OFD", detail: "" },
])("nothing is answered when the log cannot be written to", async (verification) => {
  const { services } = sceneOf({ verification, append: failToAppend });
  await expect(exchangeVerification(REQUEST, services)).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
});

test("a caller that was denied is not told so when that cannot be recorded", async () => {
  const remote = { ...REQUEST, client: { id: "anonymous", network: "remote" } } as const;
  await expect(exchangeVerification(remote, sceneOf({ append: failToAppend }).services)).rejects.toMatchObject({
    code: "LOG_UNAVAILABLE",
  });
});
