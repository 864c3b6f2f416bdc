import { hash, randomUUIDv7 } from "node:crypto";
import type { InquiryRecord } from "#gateway/log/exchange-record.ts";
import type { LogEntry } from "#gateway/log/log-entry.ts";
import { recordOf } from "./records.ts";

const FIELDS = [
  "certificateNumber",
  "unitNumber",
  "holderName",
  "holderCode",
  "location",
  "area",
  "rightType",
] as const;
const ORGANISATION = "11340000MB1234567X";

const RECORD: Omit<InquiryRecord, "id" | "receivedAt"> = {
  kind: "lookup",
  client: { id: "anhui-window", network: "remote", authentication: "token", organisation: ORGANISATION },
  decision: {
    effect: "permit",
    decisionId: "019aa0c4-8fec-7228-858b-81eb96d713ef",
    policySetDigest: `sha256:${hash("sha256", "policies")}`,
    reasons: ["LIVE_GRANT"],
  },
  request: {
    resource: "real-estate-register",
    region: "340000",
    keys: ["certificateNumber", "holderCode"],
    fields: [...FIELDS],
    purpose: {
      organisation: ORGANISATION,
      official: "anhui-0017",
      itemCode: "MNR-1161-01",
      itemName: "国有建设用地使用权及房屋所有权转移登记",
      caseNumber: "AH-2026-000123",
      consent: null,
    },
    approval: null,
  },
  outcome: { result: "FOUND", code: null },
  disclosed: FIELDS.map((field) => ({ field, treatment: field === "holderName" ? "mask" : "give", code: null })),
  duties: ["quota", "watermark"],
  source: {
    id: "anhui-register",
    asOf: "2026-11-21T00:00:00.000Z",
    reference: "anhui-register/0001234",
    receipt: null,
  },
};

/** A body of some 1.4 KB. */
const ANSWER = Buffer.from(
  JSON.stringify({
    outcome: "FOUND",
    zh: "已查到该记录。",
    en: "The record was found.",
    record: recordOf(1234),
    treatments: Object.fromEntries(
      FIELDS.map((field) => [field, { treatment: "give", zh: "按授权提供", en: "Given under the grant" }]),
    ),
    source: RECORD.source,
    watermark: "anhui-window 2026-11-21 AH-2026-000123",
  }),
);

/** A lookup as the exchange path records it, under a fresh identifier; nobody's. */
export function lookupEntry(serial: number): LogEntry {
  const id = randomUUIDv7();
  const { certificateNumber, holderCode } = recordOf(serial % 1000);
  return {
    record: { id, receivedAt: "2026-11-21T08:00:00.000Z", ...RECORD },
    request: { target: "POST /v1/lookups", sha256: hash("sha256", id) },
    answer: ANSWER,
    subject: `["real-estate-register","certificateNumber","${certificateNumber}"]`,
    persons: [holderCode],
  };
}

/** Characters of the record's and of the answer's text. */
export const entrySize = (): { readonly record: number; readonly answer: number } => ({
  record: Buffer.byteLength(JSON.stringify(lookupEntry(0).record)),
  answer: Buffer.byteLength(ANSWER),
});
