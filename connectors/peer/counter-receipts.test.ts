import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { SourceError } from "../source-error.ts";
import { CounterReceipts, type OwedReceipt } from "./counter-receipts.ts";

const owed = (exchange: string): OwedReceipt => ({ exchange, of: "theirs", receipt: "a.b.c" });
const unavailable = (): SourceError => new SourceError("SOURCE_UNAVAILABLE", "not now");
type Send = (owed: OwedReceipt, signal: AbortSignal) => Promise<void>;

const receiptsWith = (send: Send, pauses: readonly number[] = [1, 1]) =>
  new CounterReceipts({ send, clock: () => 42, deadline: 60_000, pauses });

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(1);
}

test("one that fails for now is tried again until it is delivered", async () => {
  const attempts: string[] = [];
  const receipts = receiptsWith(async ({ exchange }) => {
    attempts.push(exchange);
    if (attempts.length < 3) throw unavailable();
  });
  receipts.add(owed("a"));
  await until(() => attempts.length === 3);
  await until(() => receipts.state.late === 0);
  expect(receipts.state).toEqual({ late: 0, lost: 0, lastLost: null });
});

test("it is late until then", async () => {
  let arrive = (): void => undefined;
  let attempts = 0;
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  const receipts = receiptsWith(async () => {
    attempts += 1;
    if (attempts === 1) throw unavailable();
    await arrived;
  });
  receipts.add(owed("a"));
  await until(() => attempts === 2);
  expect(receipts.state.late).toBe(1);
  arrive();
  await until(() => receipts.state.late === 0);
});

test("after the last attempt it is lost", async () => {
  let attempts = 0;
  const receipts = receiptsWith(async () => {
    attempts += 1;
    throw unavailable();
  });
  receipts.add(owed("a"));
  await until(() => receipts.state.lost === 1);
  expect(attempts).toBe(3);
  expect(receipts.state).toEqual({ late: 0, lost: 1, lastLost: 42 });
});

test.each([new SourceError("SOURCE_REFUSED", "no"), new Error("a defect")])("%s is not tried again", async (error) => {
  let attempts = 0;
  const receipts = receiptsWith(async () => {
    attempts += 1;
    throw error;
  });
  receipts.add(owed("a"));
  await until(() => receipts.state.lost === 1);
  expect(attempts).toBe(1);
});

test("only a few go out at once, and only so many are kept", async () => {
  let [atOnce, most] = [0, 0];
  const delivered: string[] = [];
  const held: (() => void)[] = [];
  const receipts = receiptsWith(async ({ exchange }) => {
    atOnce += 1;
    most = Math.max(most, atOnce);
    await new Promise<void>((resolve) => held.push(resolve));
    atOnce -= 1;
    delivered.push(exchange);
  });
  for (let index = 0; index < 1_005; index += 1) receipts.add(owed(String(index)));
  expect(receipts.state.lost).toBe(5);
  while (delivered.length < 1_000) {
    for (const release of held.splice(0)) release();
    await sleep(0);
  }
  expect(most).toBe(4);
  expect(receipts.state).toMatchObject({ late: 0, lost: 5 });
});

test("closing ends what is under way and what waits", async () => {
  const signals: AbortSignal[] = [];
  const receipts = receiptsWith(
    (_, signal) =>
      new Promise((_, reject) => {
        signals.push(signal);
        signal.addEventListener("abort", () => reject(unavailable()));
      }),
    [600_000],
  );
  for (let index = 0; index < 6; index += 1) receipts.add(owed(String(index)));
  await until(() => signals.length === 4);
  receipts.close();
  await until(() => receipts.state.lost === 6);
  expect(signals.every(({ aborted }) => aborted)).toBe(true);
});
