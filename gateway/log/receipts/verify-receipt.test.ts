import { describe, expect, test } from "vitest";
import type { ReceiptCode } from "./receipt-faults.ts";
import { TEST_TIME, testBody, testContent, testId, TestLog } from "../test-log.ts";
import { readVerifierKey } from "../tlog/verifiers.ts";
import { type ReceiptOutcome, type ReceiptQuestion, verifyReceipt } from "./verify-receipt.ts";

const log = new TestLog(300);
const other = new TestLog(300, "other.example/log/1");
const twin = new TestLog(300);
const witness = readVerifierKey(log.witness.vkey);
const AT = 173;
const RECEIPT = log.receipt(AT);
const NOW = TEST_TIME + 3_600_000;

const ask = (receipt: string | Uint8Array, own: Partial<ReceiptQuestion> = {}): ReceiptOutcome =>
  verifyReceipt(Buffer.from(receipt), {
    keys: log.keys,
    witnesses: [],
    request: null,
    answer: null,
    now: NOW,
    ...own,
  });
const codeOf = (outcome: ReceiptOutcome): ReceiptCode | "holds" => (outcome.holds ? "holds" : outcome.fault.code);
const batchOf = (...parts: readonly object[]): Buffer =>
  Buffer.from(JSON.stringify({ complete: true, missing: [], parts }));
const answered = (at: number): object => ({ id: "a", status: 200, answer: JSON.parse(log.entry(at).answer) });

describe("a receipt holds", () => {
  test("and says what it proves", () => {
    const outcome = ask(RECEIPT, { witnesses: [witness], request: Buffer.from(testBody(AT)) });
    expect(outcome).toMatchObject({
      holds: true,
      proven: {
        log: log.origin,
        index: AT,
        size: 300,
        exchange: log.entry(AT).id,
        time: new Date(TEST_TIME + AT * 1000).toISOString(),
        signatures: [{ algorithm: "Ed25519" }, { algorithm: "SM2" }],
        witnesses: [{ name: "witness.example/1", at: new Date(TEST_TIME + 60_000).toISOString() }],
        unchecked: 0,
        record: { id: log.entry(AT).id, kind: "lookup" },
        target: "POST /v1/lookups/batch#a",
        isAnswered: true,
      },
    });
    expect(outcome.checks).toMatchObject({ form: { outcome: "passed" }, request: { outcome: "passed" } });
    expect(outcome.checks.answer.outcome).toBe("not-asked");
  });

  test("for every entry of logs of many sizes", () => {
    for (const size of [1, 2, 3, 255, 256, 257]) {
      const own = new TestLog(size);
      for (const at of new Set([0, 1, size >> 1, size - 2, size - 1]))
        if (at >= 0 && at < size) expect(codeOf(ask(own.receipt(at), { keys: own.keys }))).toBe("holds");
    }
  });

  test("for a record of some megabytes", () => {
    const record = JSON.stringify({ id: testId(0), note: "x".repeat(7_000_000) });
    const own = new TestLog(1, log.origin, (at) => ({ ...testContent(at), record }));
    expect(codeOf(ask(own.receipt(0), { keys: own.keys }))).toBe("holds");
  });

  test.each<[string, Partial<ReceiptQuestion>]>([
    ["with the Ed25519 key alone", { keys: log.keys.slice(0, 1) }],
    ["with the SM2 key alone", { keys: log.keys.slice(1) }],
    ["with keys of others beside", { keys: [...other.keys, ...log.keys, ...twin.keys] }],
    ["with the answer", { answer: Buffer.from(log.entry(AT).answer) }],
    [
      "with the batch that the answer is a part of",
      { answer: batchOf(answered(5), answered(AT), { id: "b", status: 404 }) },
    ],
    [
      "with the batch in another layout",
      { answer: Buffer.from(JSON.stringify(JSON.parse(batchOf(answered(AT)).toString()), null, 2)) },
    ],
  ])("%s", (_, own) => {
    expect(codeOf(ask(RECEIPT, own))).toBe("holds");
  });

  test("without its content, and then shows none", () => {
    const outcome = ask(log.receipt(AT, { content: "erased" }));
    expect(outcome).toMatchObject({ holds: true, proven: { record: null, target: null, isAnswered: null } });
    expect(outcome.checks.record.outcome).toBe("absent");
  });

  test("of a denial, which nothing was answered to", () => {
    expect(ask(log.receipt(0))).toMatchObject({ holds: true, proven: { isAnswered: false } });
  });
});

describe("a log that lies", () => {
  test("shows the record of another exchange", () => {
    const lying = new TestLog(3, log.origin, (at) => testContent(at === 1 ? 2 : at));
    expect(codeOf(ask(lying.receipt(1), { keys: lying.keys }))).toBe("RECORD_OF_ANOTHER");
  });

  test.each(["", "null", "[]", "{", '"text"', "{}", '{"id":1}'])("shows %j for a record", (record) => {
    const lying = new TestLog(1, log.origin, (at) => ({ ...testContent(at), record }));
    expect(codeOf(ask(lying.receipt(0), { keys: lying.keys }))).toBe("RECORD_OF_ANOTHER");
  });
});

test("an act that nobody sent a request for cannot be shown to have had one", () => {
  const acts = new TestLog(1, log.origin, (at) => ({ ...testContent(at), request: "", answer: "" }));
  expect(ask(acts.receipt(0), { keys: acts.keys })).toMatchObject({ holds: true, proven: { target: null } });
  expect(codeOf(ask(acts.receipt(0), { keys: acts.keys, request: Buffer.alloc(0) }))).toBe("REQUEST_NONE");
});

test("without any key nothing holds", () => {
  expect(codeOf(ask(RECEIPT, { keys: [] }))).toBe("LOG_WRONG");
});

test("a line of many megabytes has its code too", () => {
  const huge = "A".repeat(15_000_000);
  expect(codeOf(ask(RECEIPT.replace(/\nextra [^\n]*/, `\nextra ${huge}`)))).toBe("EXTRA_MALFORMED");
  expect(codeOf(ask(RECEIPT.replace(/\n\n/, `\n${huge}\n\n`)))).toBe("PROOF_HASH_MALFORMED");
  expect(codeOf(ask(`${RECEIPT}— ${log.origin} ${huge}\n`))).toBe("TOO_LARGE");
});
