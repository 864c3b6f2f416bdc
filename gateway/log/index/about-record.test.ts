import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ExchangeRecord } from "../exchange-record.ts";
import { type AboutRecord, aboutRecord, headOf } from "./about-record.ts";
import { testRecord } from "./test-records.ts";

/** What a record is made of here, and is to be found by. `marker` stands in it beside that. */
type Facts = Record<"client" | "organisation" | "item" | "resource" | "caseNumber" | "marker", string>;

const KINDS = ["lookup", "match", "verification", "verification with a register"] as const;

const factsOf = (text: fc.Arbitrary<string>): fc.Arbitrary<Facts> =>
  fc.record({ client: text, organisation: text, item: text, resource: text, caseNumber: text, marker: text });
/** Of any kind: quotation marks, control characters, halves of surrogate pairs. */
const anyText = fc.string({ unit: "binary", maxLength: 12 });
const plainText = fc.string({ unit: fc.constantFrom(..."aZ09-:/ {}[],皖（）“🀄é"), maxLength: 12 });

function recordOf(kind: (typeof KINDS)[number], facts: Facts): ExchangeRecord {
  const inquiry = testRecord(3, { ...facts, kind: kind === "match" ? kind : "lookup" });
  if (kind === "lookup" || kind === "match" || inquiry.kind !== "lookup") return inquiry;
  const { id, receivedAt, client, decision, request } = inquiry;
  const { resource, purpose } = request;
  const register = kind === "verification" ? null : { resource, region: null, purpose };
  return {
    id,
    receivedAt,
    kind: "verification",
    client,
    request: { sha256: facts.marker, bytes: 9, at: null, policy: "strict", register },
    decision,
    outcome: { result: "PASSED", code: null },
    source: null,
    report: null,
  };
}

function aboutOf(
  kind: (typeof KINDS)[number],
  { client, organisation, item, resource, caseNumber }: Facts,
): AboutRecord {
  const who = { client, organisation };
  switch (kind) {
    case "lookup":
      return { kind, ...who, item, resource, caseNumber, outcome: "FOUND" };
    case "match":
      return { kind, ...who, item, resource, caseNumber, outcome: "MATCHED" };
    case "verification":
      return { kind, ...who, item: null, resource: null, caseNumber: null, outcome: "PASSED" };
    case "verification with a register":
      return { kind: "verification", ...who, item, resource, caseNumber, outcome: "PASSED" };
  }
}

const bytesOf = (record: object): Buffer => Buffer.from(JSON.stringify(record));

describe("what a record can be found by", () => {
  test.each(KINDS)("stands at its head, where no text has to be escaped: %s", (kind) => {
    fc.assert(
      fc.property(factsOf(plainText), (facts) => {
        expect(headOf(bytesOf(recordOf(kind, facts)))).toEqual(aboutOf(kind, facts));
      }),
    );
  });

  test.each(KINDS)("is the same for texts of any kind: %s", (kind) => {
    fc.assert(
      fc.property(factsOf(anyText), (facts) => {
        expect(aboutRecord(bytesOf(recordOf(kind, facts)))).toEqual(aboutOf(kind, facts));
      }),
    );
  });

  test("is read of the whole record where members stand in another order", () => {
    const { client, ...rest } = testRecord(3, {});
    expect(headOf(bytesOf({ client, ...rest }))).toBeNull();
    expect(aboutRecord(bytesOf({ client, ...rest }))).toEqual(aboutRecord(bytesOf(testRecord(3, {}))));
  });

  test("is read of the whole record where its head is very long", () => {
    const record = bytesOf(testRecord(3, { marker: "长".repeat(2000), caseNumber: "末" }));
    expect(headOf(record)).toBeNull();
    expect(aboutRecord(record)).toMatchObject({ caseNumber: "末", outcome: "FOUND" });
  });

  test("cannot be pretended by a text that looks like members", () => {
    const caseNumber = '","consent":null},"approval":null},"decision":{"effect":"permit';
    const record = bytesOf(testRecord(3, { caseNumber, client: '{"id":"other"}' }));
    expect(aboutRecord(record)).toMatchObject({ caseNumber, client: '{"id":"other"}', outcome: "FOUND" });
  });

  test("is not looked for at the head of an act", () => {
    const record = bytesOf(testRecord(3, { kind: "act" }));
    expect(headOf(record)).toBeNull();
    expect(aboutRecord(record)).toMatchObject({ kind: "act", outcome: "change-entry", caseNumber: null });
  });
});
