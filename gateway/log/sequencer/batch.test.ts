import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { ExchangeRecord } from "../exchange-record.ts";
import { recordIn, readFrame } from "../journal-frame.ts";
import { type LogEntry, requestContent } from "../log-entry.ts";
import { BatchPacker, type PackedBatch, unpackBatch } from "./batch.ts";
import { FrameBuffer, journalEntry, saltMaker } from "./frames.ts";

const NOTHING = { request: null, answer: null, subject: null, persons: [] };
const entryOf = (id: string, about: Partial<LogEntry> = {}): LogEntry => ({
  record: { id } as unknown as ExchangeRecord,
  ...NOTHING,
  ...about,
});

/** Into a room where other batches stood before. */
let room: ArrayBuffer | null = null;

function pack(entries: readonly { readonly entry: LogEntry; readonly record: string }[]): PackedBatch {
  const packer = new BatchPacker(room);
  for (const { entry, record } of entries) packer.add(entry, record);
  // As on the way to the thread.
  const batch = packer.finish(0);
  const handedOver = structuredClone(batch, { transfer: [batch.bytes] });
  room = handedOver.bytes.slice();
  return handedOver;
}

/** Lone surrogates come out of UTF-8 as U+FFFD. */
const sent = (text: string): string => text.toWellFormed();
const sentOrNull = (text: string | null): string | null => (text === null ? null : sent(text));

const anyText = fc.oneof(
  fc.constant(""),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.array(fc.integer({ min: 0, max: 0xff_ff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
  fc.integer({ min: 20_000, max: 200_000 }).map((length) => "不动产🏠".repeat(length / 5)),
);
const orNull = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null });
const anyEntry = fc.record({
  record: anyText,
  entry: fc
    .record({
      request: orNull(fc.record({ target: anyText, sha256: fc.constant("ab".repeat(32)) })),
      answer: orNull(fc.uint8Array({ maxLength: 5000 })),
      subject: orNull(anyText),
      persons: fc.array(anyText, { maxLength: 30 }),
    })
    .map((about) => entryOf("019a0000-0000-7000-8000-000000000001", about)),
});

test("whatever stands in a batch comes out of it, and of the journal's frames, in its order", () => {
  const frames = new FrameBuffer();
  const salts = saltMaker();
  const pseudonym = (text: string): string => `p${text.length}`;
  fc.assert(
    fc.property(fc.array(anyEntry, { maxLength: 20 }), (entries) => {
      const unpacked = unpackBatch(pack(entries));
      expect(
        unpacked.map(({ record, request, answer, subject, persons }) => ({
          record: textOf(record),
          request: textOf(request),
          answer: bytesOf(answer),
          subject,
          persons,
        })),
      ).toEqual(
        entries.map(({ entry: { request, answer, subject, persons }, record }) => ({
          record: sent(record),
          request: request === null ? null : sent(requestContent(request)),
          answer: bytesOf(answer),
          subject: sentOrNull(subject),
          persons: persons.map(sent),
        })),
      );
      const time = "2026-11-21T08:00:00.000Z";
      const journal = unpacked.map((entry, index) => journalEntry(entry, { index, time, salts: salts(), pseudonym }));
      const bytes = Buffer.from(frames.write(journal));
      let at = 0;
      for (const [index, { record, persons }] of unpacked.entries()) {
        const reading = readFrame(bytes, at);
        if (reading.kind !== "frame") throw new Error(reading.kind);
        const read = recordIn(bytes, reading.frame);
        expect(read).toMatchObject({ index, record, persons: persons.map(pseudonym) });
        at = reading.frame.end;
      }
      expect(at).toBe(bytes.length);
    }),
    { numRuns: 60 },
  );
});

const bytesOf = (bytes: Uint8Array | null): Buffer | null => (bytes === null ? null : Buffer.from(bytes));
const textOf = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString());

test("an entry that cannot be written takes none of its batch along", () => {
  const packer = new BatchPacker();
  const [first, second] = [entryOf("first", { answer: Buffer.from("一") }), entryOf("second", { persons: ["二"] })];
  packer.add(first, "{}");
  expect(() => packer.add(entryOf("no text", { persons: [undefined as never] }), "{}")).toThrow(TypeError);
  packer.add(second, "{}");
  expect(unpackBatch(packer.finish(0))).toMatchObject([
    { id: "first", persons: [] },
    { id: "second", persons: ["二"] },
  ]);
});
