import { expect, test } from "vitest";
import type { ExchangeRecord } from "../exchange-record.ts";
import { unpackBatch } from "./batch.ts";
import { WaitingBatches } from "./waiting-batches.ts";

const settle = { resolve: () => {}, reject: () => {} };

function packed(waiting: WaitingBatches, record: string) {
  const entry = { record: { id: "a" } as ExchangeRecord, request: null, answer: null, subject: null, persons: [] };
  waiting.add(entry, record, settle);
  const batch = waiting.take()?.packer.finish(0);
  if (batch === undefined) throw new Error("nothing waits");
  return batch;
}

test("a batch is written where one stood that is done with, and holds nothing of it", () => {
  const waiting = new WaitingBatches();
  const first = packed(waiting, JSON.stringify("x".repeat(1000)));
  waiting.giveBack(first.bytes);
  const second = packed(waiting, "{}");
  expect(second.bytes).toBe(first.bytes);
  expect(unpackBatch(second).map(({ record }) => Buffer.from(record).toString())).toEqual(["{}"]);
});

test("a room is given out once, and a large one is let go", () => {
  const waiting = new WaitingBatches();
  const first = packed(waiting, "1");
  waiting.giveBack(first.bytes);
  expect(packed(waiting, "2").bytes).toBe(first.bytes);
  const third = packed(waiting, "3");
  expect(third.bytes).not.toBe(first.bytes);
  const large = packed(waiting, JSON.stringify("x".repeat(1_000_000)));
  waiting.giveBack(large.bytes);
  expect(packed(waiting, "4").bytes).not.toBe(large.bytes);
});

test("what waits is taken once", () => {
  const waiting = new WaitingBatches();
  expect(waiting.isEmpty).toBe(true);
  expect(waiting.take()).toBeNull();
  packed(waiting, "1");
  expect(waiting.isEmpty).toBe(true);
  expect(waiting.take()).toBeNull();
});
