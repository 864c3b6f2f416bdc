import { expect, test } from "vitest";
import { columnsOf } from "./entry-columns.ts";
import { type TestFacts, testId, testJournalRecord, testPseudonym } from "./test-records.ts";

const FACTS: TestFacts = {
  client: "anhui-window",
  organisation: "合肥市自然资源和规划局",
  item: "MNR-1161-02",
  resource: "real-estate-certificate",
  caseNumber: "皖（2026）“0001”号🀄é",
  persons: [testPseudonym("li")],
};

test.each([
  ["of Chinese and beyond", ""],
  ["beside control characters and quotes", '\u0000\n"\\'],
  ["beside half a surrogate pair", "\ud83c"],
])("columns are the texts of the record, %s", (_, marker) => {
  expect(columnsOf(testJournalRecord(7, { ...FACTS, marker }))).toEqual({
    entry: 7,
    id: Buffer.from(testId(7).replaceAll("-", ""), "hex"),
    time: expect.any(Number),
    kind: "lookup",
    client: FACTS.client,
    organisation: FACTS.organisation,
    item: FACTS.item,
    resource: FACTS.resource,
    outcome: "FOUND",
    caseNumber: Buffer.from(FACTS.caseNumber ?? ""),
    subject: Buffer.from(testPseudonym("subject-7"), "base64url"),
    persons: Buffer.from(testPseudonym("li"), "base64url").subarray(0, 16),
  });
});

test("half a surrogate pair in what is searched for is what JSON says it is", () => {
  const { organisation } = columnsOf(testJournalRecord(7, { ...FACTS, organisation: "局\ud83c" }));
  expect(organisation).toBe("局\ud83c");
});
