import { type BenchRecord, COUNTY, recordOf } from "./records.ts";

/** A request and what its answer has to say. Answers are searched as text: exact, and cheap enough not to hold up the client. */
export type Question = {
  readonly body: string;
  /** What has to stand in the gateway's answer and in the baseline's, and what must stand in neither. */
  readonly gateway: readonly string[];
  readonly baseline: readonly string[];
  readonly never: readonly string[];
};

export type Scenario = {
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

const inquiryOf = ({ certificateNumber }: BenchRecord) => ({
  resource: RESOURCE,
  region: "340100",
  keys: { certificateNumber },
  purpose: PURPOSE,
});

/** As JSON has it, without the braces. */
const members = (object: Readonly<Record<string, unknown>>): string => JSON.stringify(object).slice(1, -1);

/** The row of the file that was uploaded: rows count from 1, and the first one is the header. */
export const referenceOf = (serial: number): string => `table:1:${serial + 2}`;

function lookUp(serial: number, fields: readonly (keyof BenchRecord)[], notified: readonly string[]): Question {
  const record = recordOf(serial);
  const masked = maskedOf(record);
  const reference = members({ reference: referenceOf(serial) });
  const told = Object.fromEntries(fields.map((field) => [field, masked[field]]));
  return {
    body: JSON.stringify({ ...inquiryOf(record), fields }),
    gateway: ['"outcome":"FOUND"', members({ record: told }), reference, members({ notified })],
    baseline: [members({ certificateNumber: record.certificateNumber }), reference],
    never: [record.holderName, record.holderCode, record.location],
  };
}

function maskedOf(record: BenchRecord): BenchRecord {
  const { holderName, holderCode } = record;
  return {
    ...record,
    holderName: `${holderName.slice(0, 1)}**`,
    holderCode: `${holderCode.slice(0, 6)}********${holderCode.slice(-4)}`,
    location: COUNTY,
  };
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

export const SCENARIOS = {
  lookup: { ...LOOKUP, question: (serial) => lookUp(serial, FIELDS, []) },
  /** With the holder's number, which is sensitive: the provider is notified each time. */
  "sensitive-lookup": { ...LOOKUP, question: (serial) => lookUp(serial, [...FIELDS, "holderCode"], ["provider"]) },
  match: { path: "/v1/matches", schema: "MatchRequest", action: "match", question: match },
} as const satisfies Record<string, Scenario>;
export type ScenarioName = keyof typeof SCENARIOS;
