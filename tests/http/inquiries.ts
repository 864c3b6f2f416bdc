import { randomUUIDv7 } from "node:crypto";
import { answeredExchange } from "#gateway/exchange/exchange-identity.ts";
import type { LookupBody, MatchBody } from "#gateway/exchange/inquiry-body.ts";
import type { LookupRequest, MatchRequest } from "#gateway/exchange/inquiry-request.ts";
import type { InquiryAnswer } from "#gateway/exchange/inquiry.ts";

export const PURPOSE = {
  organisation: "11340000MB0E00011X",
  official: "clerk-01",
  itemCode: "MNR-1161-03",
  itemName: "抵押登记",
  caseNumber: "20261120-0001",
} as const;

export const LOOKUP = {
  resource: "real-estate-certificate",
  region: "340100",
  keys: { certificateNumber: "皖(2026)合肥市不动产权第0000001号" },
  fields: ["state", "area"],
  purpose: PURPOSE,
} as const;

const { fields: _, ...WITHOUT_FIELDS } = LOOKUP;
export const MATCH = { ...WITHOUT_FIELDS, claims: { holderName: "示例科技有限公司" } } as const;

const common = ({ resource, region }: LookupRequest | MatchRequest) => {
  const id = randomUUIDv7();
  return {
    zh: "已答复。",
    en: "Answered.",
    exchange: answeredExchange(id, "2026-11-20T08:00:00.000Z"),
    resource,
    region,
    source: { id: "anhui", region: "340000", asOf: "2026-11-19T16:00:00Z", reference: "row-1" },
    decision: { id: randomUUIDv7(), policySet: "sha256:none", reasons: [] },
    watermark: null,
    notified: ["provider"] as const,
  };
};

/** A source that has everything: each field holds its own name. */
export async function echoLookup(request: LookupRequest): Promise<InquiryAnswer<LookupBody>> {
  const body: LookupBody = {
    ...common(request),
    outcome: "FOUND",
    record: Object.fromEntries(request.fields.map((name) => [name, name])),
    treatments: Object.fromEntries(request.fields.map((name) => [name, { treatment: "give" }])),
  };
  return { kind: "answered", exchange: body.exchange.id, body, bytes: Buffer.from(JSON.stringify(body)) };
}

/** A source with which everything agrees. */
export async function echoMatch(request: MatchRequest): Promise<InquiryAnswer<MatchBody>> {
  const body: MatchBody = {
    ...common(request),
    outcome: "MATCHED",
    claims: Object.fromEntries(Object.keys(request.claims).map((name) => [name, "match"])),
    state: { code: "in-force", zh: "有效", en: "in force" },
  };
  return { kind: "answered", exchange: body.exchange.id, body, bytes: Buffer.from(JSON.stringify(body)) };
}
