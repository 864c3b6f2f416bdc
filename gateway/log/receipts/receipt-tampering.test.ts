import { generateKeyPairSync } from "node:crypto";
import { assert, constantFrom, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { RECEIPT_FAULTS, type ReceiptCode } from "./receipt-faults.ts";
import { TEST_TIME, testBody, TestLog } from "../test-log.ts";
import { cosigner } from "../tlog/cosignature.ts";
import { parseTlogProof } from "../tlog/tlog-proof.ts";
import { readVerifierKey } from "../tlog/verifiers.ts";
import { RECEIPT_CHECKS, type ReceiptOutcome, type ReceiptQuestion, verifyReceipt } from "./verify-receipt.ts";

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

/** The receipt with its lines changed. */
const lines = (change: (all: string[]) => string[]): string => change(RECEIPT.split("\n")).join("\n");
function replaced(from: string | RegExp, to: string): string {
  const changed = RECEIPT.replace(from, to);
  if (changed === RECEIPT) throw new Error("nothing was changed");
  return changed;
}
const flip = (text: string): string => {
  const bytes = Buffer.from(text, "base64");
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 4;
  return bytes.toString("base64");
};
/** The same bytes in another writing. */
const leftOver = (hash: string): string =>
  hash.replace(/(.)=$/, (_, last: string) => `${String.fromCodePoint((last.codePointAt(0) ?? 0) + 1)}=`);
/** The extra line with its JSON changed. */
function extra(change: (text: string) => string, receipt = RECEIPT): string {
  const json = Buffer.from(parseTlogProof(receipt).extra ?? "").toString();
  const changed = change(json);
  if (changed === json) throw new Error("nothing was changed");
  return receipt.replace(/^extra .*$/m, `extra ${Buffer.from(changed).toString("base64")}`);
}
type Changeable = { salts: string; request: string; record?: string };
const opening = (change: (opening: Changeable) => unknown): string =>
  extra((json) => {
    const value = JSON.parse(json);
    change(value.opening);
    return JSON.stringify(value);
  });
const leaf = (change: (leaf: string) => string, receipt = RECEIPT): string =>
  extra((json) => {
    const value = JSON.parse(json);
    return JSON.stringify({ ...value, leaf: change(value.leaf) });
  }, receipt);
const signatureLine = (which: number, change: (line: string) => string, receipt = RECEIPT): string => {
  const all = receipt.split("\n");
  const at = all.length - 4 + which;
  return all.with(at, change(all[at] ?? "")).join("\n");
};
const signatureBytes = (which: number, change: (bytes: Buffer) => Buffer, receipt = RECEIPT): string =>
  signatureLine(
    which,
    (line) => {
      const [dash = "", name = "", encoded = ""] = line.split(" ");
      return `${dash} ${name} ${change(Buffer.from(encoded, "base64")).toString("base64")}`;
    },
    receipt,
  );
const turned = (at: number) => (bytes: Buffer) => {
  const place = at < 0 ? bytes.length + at : at;
  return Buffer.from(bytes.map((byte, each) => (each === place ? byte ^ 1 : byte)));
};
const [ED25519, SM2, WITNESS] = [0, 1, 2];
const firstHash = parseTlogProof(RECEIPT).proof[0]?.toString("base64") ?? "";
const root = parseTlogProof(RECEIPT).checkpoint.split("\n")[2] ?? "";
const strange = cosigner("witness.example/2", generateKeyPairSync("ed25519").privateKey);

type Row = readonly [string, string | Uint8Array, ReceiptCode, Partial<ReceiptQuestion>?];
const TAMPERED: readonly Row[] = [
  ["bytes that are no text", Buffer.concat([Buffer.from(RECEIPT), Buffer.of(0xff)]), "NOT_TEXT"],
  ["far too many bytes", Buffer.alloc(17 * 1024 * 1024, "x"), "TOO_LARGE"],
  ["an empty file", "", "HEADER_WRONG"],
  ["another header", replaced("@v1", "@v2"), "HEADER_WRONG"],
  ["a byte-order mark", `\uFEFF${RECEIPT}`, "HEADER_WRONG"],
  ["cut off before the checkpoint", RECEIPT.slice(0, RECEIPT.indexOf("\n\n")), "HEADER_WRONG"],
  ["no extra line", replaced(/^extra .*\n/m, ""), "EXTRA_MISSING"],
  ["an extra line that is no JSON", replaced(/^extra .*$/m, "extra AAAA"), "EXTRA_MALFORMED"],
  ["a member more in the extra", extra((json) => json.replace('"leaf"', '"more":1,"leaf"')), "EXTRA_MALFORMED"],
  [
    "a member twice in the extra",
    extra((json) => json.replace('"opening"', '"leaf":"x","opening"')),
    "EXTRA_MALFORMED",
  ],
  ["spaces in the extra", extra((json) => json.replace(`,"opening"`, `, "opening"`)), "EXTRA_MALFORMED"],
  ["a list for the extra", extra((json) => `[${json}]`), "EXTRA_MALFORMED"],
  ["an opening that lacks the record", opening((own) => delete own.record), "EXTRA_MALFORMED"],
  ["an index with a zero before it", replaced("index 173", "index 0173"), "INDEX_MALFORMED"],
  ["an index far too large", replaced("index 173", "index 99999999999999999"), "INDEX_MALFORMED"],
  [
    "a hash in hexadecimal",
    replaced(firstHash, Buffer.from(firstHash, "base64").toString("hex")),
    "PROOF_HASH_MALFORMED",
  ],
  ["base64 without its padding", replaced(firstHash, firstHash.slice(0, -1)), "BASE64_NOT_CANONICAL"],
  ["base64 with bits left over", replaced(root, leftOver(root)), "BASE64_NOT_CANONICAL"],
  ["an entry of another form", leaf((text) => text.replace(",", ", ")), "LEAF_MALFORMED"],
  [
    "a control character in the checkpoint",
    replaced(`${log.origin}\n300`, `${log.origin}\u0007\n300`),
    "NOTE_MALFORMED",
  ],
  [
    "a hyphen for a signature's dash",
    signatureLine(ED25519, (line) => line.replace("—", "-")),
    "SIGNATURE_LINE_MALFORMED",
  ],
  [
    "a signature line without signature",
    signatureLine(SM2, () => `— ${log.origin} AAAAAA==`),
    "SIGNATURE_LINE_MALFORMED",
  ],
  ["all signature lines taken away", lines((all) => [...all.slice(0, -4), ""]), "SIGNATURES_MISSING"],
  ["a blank line at the end", `${RECEIPT}\n`, "TRAILING_BYTES"],
  ["text at the end", `${RECEIPT}PS`, "TRAILING_BYTES"],
  ["the last newline gone", RECEIPT.slice(0, -1), "TRAILING_BYTES"],
  ["a checkpoint without origin", replaced(`${log.origin}\n300`, "\n300"), "CHECKPOINT_ORIGIN_MALFORMED"],
  ["a size with a sign", replaced("\n300\n", "\n+300\n"), "CHECKPOINT_SIZE_MALFORMED"],
  ["a root of 31 bytes", replaced(root, Buffer.alloc(31).toString("base64")), "CHECKPOINT_ROOT_MALFORMED"],
  ["a line after the root", replaced(root, `${root}\nmore`), "CHECKPOINT_EXTENDED"],
  ["another origin", replaced(`\n${log.origin}\n`, "\nother.example/log/1\n"), "LOG_WRONG"],
  ["the receipt of another log", other.receipt(AT), "LOG_WRONG"],
  ["the receipt of a log that took this one's name", twin.receipt(AT), "KEY_UNKNOWN"],
  [
    "the only log signature left, under another key ID",
    signatureBytes(ED25519, turned(0)).replace(/\n— \S+ \S+(?=\n— witness)/, ""),
    "KEY_ID_WRONG",
  ],
  ["the key ID of the Ed25519 line changed", signatureBytes(ED25519, turned(3)), "KEY_ID_WRONG"],
  ["the key ID of the SM2 line changed", signatureBytes(SM2, turned(0)), "KEY_ID_WRONG"],
  ["the Ed25519 line taken away", lines((all) => all.toSpliced(-4, 1)), "ED25519_SIGNATURE_MISSING"],
  ["the SM2 line taken away", lines((all) => all.toSpliced(-3, 1)), "SM2_SIGNATURE_MISSING"],
  ["the Ed25519 signature changed", signatureBytes(ED25519, turned(40)), "ED25519_SIGNATURE_WRONG"],
  ["the SM2 signature changed, Ed25519 right", signatureBytes(SM2, turned(-1)), "SM2_SIGNATURE_WRONG"],
  [
    "a byte after the SM2 signature",
    signatureBytes(SM2, (bytes) => Buffer.concat([bytes, Buffer.of(0)])),
    "SM2_SIGNATURE_WRONG",
  ],
  [
    "the SM2 signature of another checkpoint",
    lines((all) => all.with(all.length - 3, twin.receipt(AT).split("\n").at(-3) ?? "")),
    "SM2_SIGNATURE_MISSING",
  ],
  [
    "both signatures changed",
    signatureBytes(ED25519, turned(9), signatureBytes(SM2, turned(-1))),
    "ED25519_SIGNATURE_WRONG",
  ],
  ["the checkpoint's size changed", replaced("\n300\n", "\n200\n"), "CHECKPOINT_SIZE_CHANGED"],
  ["the checkpoint's size made larger", replaced("\n300\n", "\n70000\n"), "CHECKPOINT_SIZE_CHANGED"],
  ["the checkpoint's root changed", replaced(root, flip(root)), "CHECKPOINT_ROOT_CHANGED"],
  [
    "the root of a tree that was rewritten",
    replaced(root, twin.checkpoint().split("\n")[2] ?? ""),
    "CHECKPOINT_ROOT_CHANGED",
  ],
  ["an index outside the tree", replaced("index 173", "index 300"), "INDEX_OUTSIDE"],
  ["a hash taken out of the proof", replaced(`${firstHash}\n`, ""), "PROOF_TOO_SHORT"],
  ["a hash put into the proof", replaced(`${firstHash}\n`, `${firstHash}\n${firstHash}\n`), "PROOF_TOO_LONG"],
  ["the index moved by one", replaced("index 173", "index 174"), "INDEX_MOVED"],
  ["the index moved by far", replaced("index 173", "index 45"), "INDEX_MOVED"],
  ["a bit of a hash turned", replaced(firstHash, flip(firstHash)), "PROOF_HASH_WRONG"],
  [
    "two hashes exchanged",
    lines((all) => [...all.slice(0, 3), all[4] ?? "", all[3] ?? "", ...all.slice(5)]),
    "PROOF_HASH_WRONG",
  ],
  ["the entry's time changed", leaf((text) => text.replace("T08", "T09")), "PROOF_HASH_WRONG"],
  [
    "the entry's commitment changed",
    leaf((text) => text.replace(/"record":"./, (head) => `${head.slice(0, -1)}${head.endsWith("A") ? "B" : "A"}`)),
    "LEAF_CHANGED",
  ],
  ["the entry exchanged for another", leaf(() => log.entry(AT + 1).leaf), "LEAF_CHANGED"],
  ["a salt changed", opening((own) => (own.salts = flip(own.salts))), "SALT_CHANGED"],
  [
    "the salts of another entry",
    opening((own) => (own.salts = Buffer.from(log.entry(5).salts, "base64").toString("base64"))),
    "SALT_CHANGED",
  ],
  [
    "the request's hash changed",
    opening((own) => (own.request = own.request.replace(/.$/, (end) => (end === "0" ? "1" : "0")))),
    "REQUEST_OPENING_CHANGED",
  ],
  [
    "the request's target changed",
    opening((own) => (own.request = own.request.replace("lookups", "matches"))),
    "REQUEST_OPENING_CHANGED",
  ],
  [
    "the record changed",
    opening((own) => (own.record = own.record?.replace("FOUND", "NOT_FOUND") ?? "")),
    "RECORD_CHANGED",
  ],
  ["a space in the record", opening((own) => (own.record += " ")), "RECORD_CHANGED"],
  ["another request", RECEIPT, "REQUEST_CHANGED", { request: Buffer.from(testBody(AT + 1)) }],
  ["a newline after the request", RECEIPT, "REQUEST_CHANGED", { request: Buffer.from(`${testBody(AT)}\n`) }],
  ["another answer", RECEIPT, "ANSWER_CHANGED", { answer: Buffer.from(log.entry(AT).answer.replace("张三", "李四")) }],
  ["an answer that is no text", RECEIPT, "ANSWER_CHANGED", { answer: Buffer.of(0xff) }],
  ["an empty answer", RECEIPT, "ANSWER_CHANGED", { answer: Buffer.alloc(0) }],
  ["the answer of another exchange", RECEIPT, "ANSWER_OF_ANOTHER", { answer: Buffer.from(log.entry(5).answer) }],
  ["a batch without the part", RECEIPT, "ANSWER_PART_MISSING", { answer: batchOf(answered(5)) }],
  [
    "a batch with the part changed",
    RECEIPT,
    "ANSWER_CHANGED",
    { answer: Buffer.from(batchOf(answered(AT)).toString().replace("张三", "李四")) },
  ],
  ["a batch with the part twice", RECEIPT, "ANSWER_CHANGED", { answer: batchOf(answered(AT), answered(AT)) }],
  [
    "a request to an erased entry",
    log.receipt(AT, { content: "erased" }),
    "CONTENT_ABSENT",
    { request: Buffer.from(testBody(AT)) },
  ],
  [
    "an answer to an erased entry",
    log.receipt(AT, { content: "erased" }),
    "CONTENT_ABSENT",
    { answer: Buffer.from(log.entry(AT).answer) },
  ],
  [
    "the witness's line taken away",
    lines((all) => all.toSpliced(-2, 1)),
    "COSIGNATURE_MISSING",
    { witnesses: [witness] },
  ],
  [
    "another witness asked for",
    RECEIPT,
    "COSIGNATURE_MISSING",
    { witnesses: [witness, readVerifierKey(strange.vkey)] },
  ],
  ["the cosignature changed", signatureBytes(WITNESS, turned(-1)), "COSIGNATURE_WRONG", { witnesses: [witness] }],
  [
    "the cosignature's time changed",
    signatureBytes(WITNESS, turned(11)),
    "COSIGNATURE_WRONG",
    { witnesses: [witness] },
  ],
  [
    "a cosignature of a day before",
    log.receipt(AT, { seconds: TEST_TIME / 1000 - 86_400 }),
    "COSIGNATURE_TOO_EARLY",
    { witnesses: [witness] },
  ],
  [
    "a cosignature of tomorrow",
    log.receipt(AT, { seconds: TEST_TIME / 1000 + 86_400 }),
    "COSIGNATURE_IN_FUTURE",
    { witnesses: [witness] },
  ],
];

describe("tampering", () => {
  test.each(TAMPERED.map((row) => [row[0], row] as const))("%s", (_, [, receipt, code, own]) => {
    const outcome = ask(receipt, own);
    expect(outcome.holds ? "holds" : outcome.fault.code).toBe(code);
    expect(RECEIPT_CHECKS.map((name) => outcome.checks[name].outcome)).toContain("failed");
  });

  test("is of more than twenty kinds, and all the codes there are occur", () => {
    const occurring = new Set(TAMPERED.map(([, , code]) => code));
    // These need another log: see verify-receipt.test.ts.
    const lies: ReceiptCode[] = ["RECORD_OF_ANOTHER", "REQUEST_NONE"];
    expect([...occurring, ...lies].sort()).toEqual(Object.keys(RECEIPT_FAULTS).sort());
    expect(occurring.size).toBeGreaterThan(20);
  });

  test("has a message of its own for each", () => {
    const messages = Object.values(RECEIPT_FAULTS).flatMap(({ zh, en }) => [zh, en]);
    expect(new Set(messages).size).toBe(messages.length);
  });

  test("in any one byte is never accepted", () => {
    const bytes = Buffer.from(RECEIPT);
    assert(
      property(integer({ min: 0, max: bytes.length - 1 }), constantFrom(1, 2, 4, 8, 16, 32, 64, 128), (at, bit) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ bit;
        expect(codeOf(ask(changed, { witnesses: [witness] }))).not.toBe("holds");
      }),
      { numRuns: 1500 },
    );
  });

  test("a receipt that is cut off anywhere does not hold", () => {
    for (let end = 0; end < RECEIPT.length; end += 7)
      expect(codeOf(ask(RECEIPT.slice(0, end), { witnesses: [witness] }))).not.toBe("holds");
  });
});
