import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { NOW } from "../test-records.ts";
import type { Alert } from "./alert-board.ts";
import type { Delivery } from "./alert-store.ts";
import { Deliveries } from "./deliveries.ts";
import { findingOf } from "./test-findings.ts";
import { WebhookError } from "./webhook-sender.ts";

const at = new Date(NOW).toISOString();
const alertOf = (subject: string): Alert => ({
  ...findingOf("source-down", subject),
  id: `source-down:${subject}`,
  severity: "critical",
  state: "firing",
  since: at,
  raisedAt: at,
});

/** A receiver that fails as often as it is told to, and notes what it gets. */
function scene({ failures = 0, waiting = [] as Delivery[], attempts = 5 } = {}) {
  const heard: string[] = [];
  const ids: string[] = [];
  const troubles: string[] = [];
  const left = { failures };
  let saved: readonly Delivery[] = waiting;
  const deliveries: Deliveries = new Deliveries({
    async send({ id, alert }) {
      ids.push(id);
      if (left.failures > 0) {
        left.failures -= 1;
        throw new WebhookError("STATUS_503");
      }
      heard.push(alert.subject ?? "");
    },
    waiting,
    onChange: () => (saved = deliveries.waiting),
    onTrouble: (what) => void troubles.push(what),
    clock: () => NOW,
    firstPause: 1,
    attempts,
  });
  const settled = async (): Promise<void> => {
    while (deliveries.state.waiting > 0) await setImmediate();
  };
  return { deliveries, heard, ids, troubles, settled, saved: () => saved };
}

test("changes go out one after the other, each once", async () => {
  const { deliveries, heard, ids, settled } = scene();
  deliveries.add([alertOf("a"), alertOf("b")]);
  deliveries.add([alertOf("c")]);
  deliveries.add([]);
  await settled();
  deliveries.add([alertOf("a")]);
  await settled();
  expect(heard).toEqual(["a", "b", "c", "a"]);
  expect(new Set(ids).size).toBe(4);
  expect(deliveries.state).toEqual({ waiting: 0, delivered: 4, givenUp: 0, lastDeliveredAt: at, problem: null });
});

test("one that is not taken is sent again under its own name, and nothing overtakes it", async () => {
  const { deliveries, heard, ids, settled } = scene({ failures: 3 });
  deliveries.add([alertOf("a"), alertOf("b")]);
  await settled();
  expect(heard).toEqual(["a", "b"]);
  expect(ids).toHaveLength(5);
  expect(new Set(ids.slice(0, 4)).size).toBe(1);
});

test("one that is never taken is given up after so many attempts, and the next has its turn", async () => {
  const { deliveries, heard, ids, troubles, settled } = scene({ failures: 5 });
  deliveries.add([alertOf("a"), alertOf("b")]);
  await settled();
  expect([heard, ids.length]).toEqual([["b"], 6]);
  expect(troubles).toEqual(["an alert could not be delivered: source-down:a firing"]);
  expect(deliveries.state).toMatchObject({ delivered: 1, givenUp: 1, problem: null });
});

test("what was not taken before a restart is sent first", async () => {
  const first = scene({ failures: Infinity, attempts: 1000 });
  first.deliveries.add([alertOf("a"), alertOf("b")]);
  while (first.ids.length === 0) await setImmediate();
  await first.deliveries.close();
  const second = scene({ waiting: [...first.saved()] });
  second.deliveries.add([alertOf("c")]);
  await second.settled();
  expect(second.heard).toEqual(["a", "b", "c"]);
  expect(second.ids[0]).toBe(first.ids[0]);
});

test("adding waits for nothing, however long the other side takes", async () => {
  const never = Promise.withResolvers<void>();
  const deliveries = new Deliveries({
    send: () => never.promise,
    waiting: [],
    onChange: () => undefined,
    onTrouble: () => undefined,
    clock: () => NOW,
  });
  deliveries.add([alertOf("0")]);
  await setImmediate();
  for (let i = 1; i < 3000; i += 1) deliveries.add([alertOf(String(i))]);
  expect(deliveries.state).toMatchObject({ waiting: 1000, givenUp: 2000 });
  expect(deliveries.waiting.map(({ alert }) => alert.subject).slice(0, 2)).toEqual(["0", "2001"]);
  const closed = deliveries.close();
  never.reject(new WebhookError("TIMEOUT"));
  await closed;
  expect(deliveries.waiting).toHaveLength(1000);
});

test.each([0, 1, 2, 3, 4, 5, 6, 8, 12])(
  "one that is added %d steps after the last one was taken is not left behind",
  async (steps) => {
    const sent: string[] = [];
    const deliveries: Deliveries = new Deliveries({
      async send({ alert }) {
        sent.push(alert.subject ?? "");
        if (sent.length === 1) void addLate();
      },
      waiting: [],
      onChange: () => undefined,
      onTrouble: () => undefined,
      clock: () => NOW,
    });
    const addLate = async (): Promise<void> => {
      for (let step = 0; step < steps; step += 1) await Promise.resolve();
      deliveries.add([alertOf("late")]);
    };
    deliveries.add([alertOf("a")]);
    while (sent.length < 2) await setImmediate();
    expect(sent).toEqual(["a", "late"]);
  },
);
