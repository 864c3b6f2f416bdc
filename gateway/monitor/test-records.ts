import type { InquiryRecord, VerificationRecord } from "#gateway/log/exchange-record.ts";
import type { Resource } from "#gateway/registry/entities.ts";
import { CountSlots, type KnownNames } from "./count-slots.ts";
import { ExchangeCounts } from "./exchange-counts.ts";

export const NOW = Date.UTC(2026, 10, 21, 2);
const MINUTE = 60_000;

type Provider = Resource["provider"];
export const ANHUI: Provider = { code: "11340000MB0E00011X", name: "示例省自然资源厅" };
export const GUANGDONG: Provider = { code: "11440000MB0E0002XC", name: "示例登记机构" };

const RESOURCES: readonly Pick<Resource, "id" | "updateFrequency" | "provider">[] = [
  { id: "titles", updateFrequency: "daily", provider: ANHUI },
  { id: "plans", updateFrequency: "irregular", provider: ANHUI },
  { id: "mines", updateFrequency: "real-time", provider: GUANGDONG },
];
const SOURCES = [
  { id: "anhui", resource: "titles" },
  { id: "anhui-plans", resource: "plans" },
  { id: "guangdong", resource: "mines" },
];
const CLIENTS = ["window", "counter", "desk"].map((id) => ({
  id,
  organisation: { code: ANHUI.code, name: ANHUI.name, region: "340000" },
}));

/** A small catalogue, as far as the monitor reads it. */
export const REGISTRY = {
  resource: (id: string) => RESOURCES.find((each) => each.id === id) ?? null,
  resources: () => RESOURCES as readonly Resource[],
  source: (id: string) => SOURCES.find((each) => each.id === id) ?? null,
  client: (id: string) => CLIENTS.find((each) => each.id === id) ?? null,
} as unknown as KnownNames & {
  readonly resources: () => readonly Resource[];
  readonly source: (id: string) => never;
  readonly client: (id: string) => never;
};

/** Counts over that catalogue, with clocks that only `pass` moves. */
export function countingScene() {
  const at = { passed: 0 };
  const steady = (): number => at.passed;
  const clock = (): number => NOW + at.passed;
  const slots = new CountSlots(REGISTRY, steady());
  const counts = new ExchangeCounts(slots, { names: REGISTRY, steady, clock });
  return { slots, counts, steady, clock, pass: (minutes: number) => void (at.passed += minutes * MINUTE) };
}

type Changes = Omit<Partial<InquiryRecord>, "request" | "client"> & {
  readonly client?: string;
  readonly resource?: string;
  readonly fields?: readonly string[];
};

const PURPOSE = {
  organisation: ANHUI.code,
  official: "MARK-official",
  itemCode: "I-1",
  itemName: "示例事项",
  caseNumber: "MARK-case",
  consent: null,
} as const;

const FIELDS = ["number", "holder", "phone", "state"];
export const PERMIT = { effect: "permit", decisionId: "d", policySetDigest: "sha256:0", reasons: ["GRANTED"] } as const;

/** A lookup that found something: two fields given, one masked, one withheld. */
export function lookupRecord({ client = "window", resource = "titles", fields = FIELDS, ...changes }: Changes = {}) {
  const record: InquiryRecord = {
    id: "019aa0c4-8fec-7228-858b-81eb96d713ef",
    receivedAt: new Date(NOW).toISOString(),
    kind: "lookup",
    client: { id: client, network: "remote", authentication: "token", organisation: ANHUI.code },
    request: { resource, region: "340100", keys: ["number"], fields, purpose: PURPOSE, approval: null },
    decision: PERMIT,
    outcome: { result: "FOUND", code: null },
    disclosed: [
      { field: "number", treatment: "give", code: null },
      { field: "holder", treatment: "give", code: null },
      { field: "phone", treatment: "mask", code: null },
      { field: "state", treatment: "withhold", code: "WITHHELD" },
    ],
    duties: [],
    source: { id: "anhui", asOf: new Date(NOW - 3_600_000).toISOString(), reference: "MARK-reference", receipt: null },
    ...changes,
  };
  return record;
}

export const matchRecord = (changes: Changes = {}): InquiryRecord =>
  lookupRecord({ kind: "match", outcome: { result: "MATCHED", code: null }, disclosed: [], ...changes });

/** `code`: the rule's. */
export const deniedRecord = (code: string, changes: Changes = {}): InquiryRecord =>
  lookupRecord({
    outcome: { result: "DENIED", code },
    decision: { ...PERMIT, effect: "deny", reasons: [code] },
    disclosed: [],
    source: null,
    ...changes,
  });

export const unansweredRecord = (code: string, changes: Changes = {}): InquiryRecord =>
  lookupRecord({ outcome: { result: "UNANSWERED", code }, disclosed: [], source: null, ...changes });

export function verificationRecord(changes: Partial<VerificationRecord> = {}): VerificationRecord {
  return {
    id: "019aa0c4-8fec-7228-858b-81eb96d713ef",
    receivedAt: new Date(NOW).toISOString(),
    kind: "verification",
    client: { id: "local", network: "loopback", authentication: "none", organisation: null },
    request: { sha256: "0".repeat(64), bytes: 1, at: null, policy: "gb-t-38540", register: null },
    decision: PERMIT,
    outcome: { result: "FAILED", code: null },
    source: null,
    report: null,
    ...changes,
  };
}

export const TIMING = { milliseconds: 12, sourceMilliseconds: 5 } as const;
