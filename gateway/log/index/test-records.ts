import { randomBytes } from "node:crypto";
import type { ExchangeRecord, InquiryRecord } from "../exchange-record.ts";
import type { JournalRecord } from "../journal-frame.ts";

/** What a test says of an entry; the rest is as usual. `persons`: pseudonyms. */
export type TestFacts = {
  readonly time?: number;
  readonly kind?: "match" | "lookup" | "act";
  readonly client?: string;
  readonly organisation?: string;
  readonly onBehalfOf?: string;
  readonly item?: string;
  readonly resource?: string;
  readonly caseNumber?: string;
  readonly result?: InquiryRecord["outcome"]["result"];
  readonly subject?: string | null;
  readonly persons?: readonly string[];
  /** Stands in the record, the request and nowhere else. */
  readonly marker?: string;
};

export const TEST_TIME = Date.UTC(2026, 10, 21, 8);
export const testId = (index: number): string => `019aa0c4-8fec-7228-858b-${String(index).padStart(12, "0")}`;
/** As the log makes them: equal for equal names. */
export const testPseudonym = (name: string): string => Buffer.alloc(32, `${name}/`).toString("base64url");

const client = (id: string, organisation: string | null) =>
  ({ id, network: "remote", authentication: "token", organisation }) as const;

export function testRecord(index: number, facts: TestFacts): ExchangeRecord {
  const { kind = "lookup", client: id = "anhui-window", organisation = "11340000MB0E00011X" } = facts;
  const moment = { id: testId(index), receivedAt: new Date(facts.time ?? TEST_TIME).toISOString() };
  if (kind === "act")
    return {
      ...moment,
      kind,
      client: client(id, organisation),
      act: "change-entry",
      to: `grant/${facts.marker ?? "x"}`,
      detail: {},
    };
  const purpose = {
    organisation: facts.onBehalfOf ?? organisation,
    official: facts.marker ?? "li",
    itemCode: facts.item ?? "MNR-1161-03",
    itemName: "抵押登记",
    caseNumber: facts.caseNumber ?? `C-${index}`,
    consent: null,
  };
  const result = facts.result ?? (kind === "lookup" ? "FOUND" : "MATCHED");
  return {
    ...moment,
    kind,
    client: client(id, organisation),
    request: {
      resource: facts.resource ?? "real-estate-certificate",
      region: "340100",
      keys: ["certificateNumber"],
      fields: ["state", "area"],
      purpose,
      approval: null,
    },
    decision: { effect: "permit", decisionId: "decision-0", policySetDigest: "sha256:0", reasons: [] },
    outcome: { result, code: null },
    disclosed: result === "FOUND" ? [{ field: "state", treatment: "give", code: null }] : [],
    duties: [],
    source: null,
  };
}

/** As the journal hands it on. */
export function testJournalRecord(index: number, facts: TestFacts = {}): JournalRecord {
  const time = new Date(facts.time ?? TEST_TIME + index * 1000).toISOString();
  const commitment = "A".repeat(43);
  const leaf = { id: testId(index), time, request: commitment, record: commitment, answer: commitment };
  return {
    index,
    leaf: Buffer.from(JSON.stringify(leaf)),
    salts: randomBytes(48),
    target: facts.kind === "act" ? null : Buffer.from(targetOf(facts.marker ?? "")),
    subject: facts.subject === undefined ? testPseudonym(`subject-${index}`) : facts.subject,
    persons: facts.persons ?? [],
    record: Buffer.from(JSON.stringify(testRecord(index, facts))),
  };
}

const targetOf = (marker: string): string => `POST /v1/lookups?${marker}\nsha256:${"ab".repeat(32)}`;
