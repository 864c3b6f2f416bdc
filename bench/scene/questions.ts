import type { LoadRequest, RequestMaker } from "../load/load.ts";
import { type BenchRecord, COUNTY, recordOf, RECORDS } from "./records.ts";

/** A request and what its answer has to say. Answers are searched as text: exact, and cheap enough not to hold up the client. */
export type Question = {
  readonly body: string;
  /** What has to stand in the gateway's answer and in the baselines', and what must not stand in the gateway's. */
  readonly gateway: readonly string[];
  readonly baseline: readonly string[];
  readonly never: readonly string[];
};

export type Inquiry = {
  readonly path: string;
  /** Of the request, in the contract. */
  readonly schema: "LookupRequest" | "MatchRequest";
  readonly action: "lookup" | "match";
  readonly question: (serial: number) => Question;
};

/** Who asks for what: the holder's name comes masked, the location to the county, the other fields as they are. */
const ITEM = { code: "MNR-1161-02", zh: "登记资料查询" } as const;
export const RESOURCE = "real-estate-certificate";
export const CLIENT = "anhui-window";
const FIELDS = [
  "certificateNumber",
  "holderName",
  "location",
  "area",
  "rightType",
  "registeredOn",
  "state",
] as const satisfies readonly (keyof BenchRecord)[];

export const PURPOSE = {
  organisation: "11340000MB0E00011X",
  official: "clerk-01",
  itemCode: ITEM.code,
  itemName: ITEM.zh,
  caseNumber: "BJ-2026-0003",
} as const;

const REGION = "340100";

const inquiryOf = ({ certificateNumber }: BenchRecord) => ({
  resource: RESOURCE,
  region: REGION,
  keys: { certificateNumber },
  purpose: PURPOSE,
});

/** As JSON has it, without the braces. */
const members = (object: Readonly<Record<string, unknown>>): string => JSON.stringify(object).slice(1, -1);

/** The row of the file that was uploaded: rows count from 1, and the first one is the header. */
const referenceOf = (serial: number): string => `table:1:${serial + 2}`;

function lookUp(serial: number, fields: readonly (keyof BenchRecord)[], notified: readonly string[]): Question {
  const record = recordOf(serial);
  const reference = members({ reference: referenceOf(serial) });
  return {
    body: JSON.stringify({ ...inquiryOf(record), fields }),
    gateway: ['"outcome":"FOUND"', members({ record: toldOf(record, fields) }), reference, members({ notified })],
    baseline: [members({ certificateNumber: record.certificateNumber }), reference],
    never: [record.holderName, record.holderCode, record.location],
  };
}

function toldOf(record: BenchRecord, fields: readonly (keyof BenchRecord)[]): Partial<BenchRecord> {
  const { holderName, holderCode } = record;
  const masked = {
    ...record,
    holderName: `${holderName.slice(0, 1)}**`,
    holderCode: `${holderCode.slice(0, 6)}********${holderCode.slice(-4)}`,
    location: COUNTY,
  };
  return Object.fromEntries(fields.map((field) => [field, masked[field]]));
}

/** Of every fourth record another holder is claimed. */
function match(serial: number): Question {
  const record = recordOf(serial);
  const isRight = serial % 4 !== 0;
  const { holderName, holderCode } = isRight ? record : recordOf(serial + 1);
  const { area, registeredOn } = record;
  const result = isRight ? "match" : "mismatch";
  const claims = { holderName: result, holderCode: result, area: "match", registeredOn: "match" };
  return {
    body: JSON.stringify({ ...inquiryOf(record), claims: { holderName, holderCode, area, registeredOn } }),
    gateway: [
      members({ outcome: isRight ? "MATCHED" : "MISMATCHED" }),
      members({ claims }),
      members({ reference: referenceOf(serial) }),
    ],
    baseline: [members({ reference: referenceOf(serial) })],
    never: [record.holderName, record.holderCode],
  };
}

const LOOKUP = { path: "/v1/lookups", schema: "LookupRequest", action: "lookup" } as const;

export const INQUIRIES = {
  lookup: { ...LOOKUP, question: (serial) => lookUp(serial, FIELDS, []) },
  /** With the holder's number, which is sensitive: the provider is notified each time. */
  "sensitive-lookup": { ...LOOKUP, question: (serial) => lookUp(serial, [...FIELDS, "holderCode"], ["provider"]) },
  match: { path: "/v1/matches", schema: "MatchRequest", action: "match", question: match },
} as const satisfies Record<string, Inquiry>;
export type InquiryName = keyof typeof INQUIRIES;

/** Several lookups in one request, each of a record of its own. */
export function batchRequest(serials: readonly number[]): LoadRequest {
  const parts = serials.map((serial) => lookUp(serial, FIELDS, []));
  const requests = serials.map((serial, index) => {
    const { resource, region, keys } = inquiryOf(recordOf(serial));
    return { id: `part-${index}`, resource, region, keys, fields: FIELDS };
  });
  return {
    method: "POST",
    path: "/v1/lookups/batch",
    as: CLIENT,
    contentType: JSON_BODY,
    body: JSON.stringify({ purpose: PURPOSE, requests }),
    expect: {
      status: 200,
      contains: ['"complete":true', ...parts.flatMap(({ gateway }) => gateway)],
      lacks: parts.flatMap(({ never }) => never),
    },
  };
}

const JSON_BODY = "application/json";

/** Who answers: nginx says the same to everybody. */
export type Subject = "gateway" | "bare Fastify" | "bare node:http" | "nginx";
export type AskedInquiries = { readonly inquiry: InquiryName; readonly subject: Subject };

/** Has no divisor with RECORDS in common, so that questions lie far apart and none comes twice before all were asked. */
const STRIDE = 7_919;
const distant = (number: number): number => (number * STRIDE) % RECORDS;
/** Made before the first is asked. */
const DISTINCT = 32_768;

export function inquiryRequest({ inquiry, subject }: AskedInquiries, number: number): LoadRequest {
  const { path, question } = INQUIRIES[inquiry];
  const asked = question(distant(number));
  const expect = {
    gateway: { contains: asked.gateway, lacks: asked.never },
    "bare Fastify": { contains: asked.baseline, lacks: [] },
    "bare node:http": { contains: asked.baseline, lacks: [] },
    nginx: { contains: ['"source":'], lacks: [] },
  }[subject];
  return {
    method: "POST",
    path,
    as: CLIENT,
    contentType: JSON_BODY,
    body: asked.body,
    expect: { status: 200, ...expect },
  };
}

/** Called in the process that asks, for each order; what it made before it keeps, for to make it anew would leave it garbage to collect while it measures. */
export const inquiries: RequestMaker<AskedInquiries> = (asked) => {
  const requests = requestsFor(asked);
  return (serial) => requests[serial % DISTINCT] ?? inquiryRequest(asked, serial);
};

const made = new Map<string, readonly LoadRequest[]>();

function requestsFor(asked: AskedInquiries): readonly LoadRequest[] {
  const name = `${asked.inquiry} ${asked.subject}`;
  const known = made.get(name);
  if (known !== undefined) return known;
  const requests = Array.from({ length: DISTINCT }, (_, number) => inquiryRequest(asked, number));
  made.set(name, requests);
  return requests;
}
