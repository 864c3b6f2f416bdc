import { expect, test } from "vitest";
import { Admission } from "./admission.ts";

const bounds = { places: 2, maxWaiting: 2, maxWait: 5000 };

test("places are given at once, then in the order of asking, one for each that leaves", async () => {
  const admission = new Admission(bounds);
  const [leaveFirst, leaveSecond] = [await admission.enter("small"), await admission.enter("small")];
  const order: string[] = [];
  const third = admission.enter("small").then((leave) => (order.push("third"), leave));
  const fourth = admission.enter("small").then((leave) => (order.push("fourth"), leave));
  expect(admission).toMatchObject({ inside: 2, waiting: 2, full: true });
  leaveFirst();
  (await third)();
  (await fourth)();
  leaveSecond();
  expect(order).toEqual(["third", "fourth"]);
  expect(admission).toMatchObject({ inside: 0, waiting: 0, full: false });
});

test("more than may wait are turned away", async () => {
  const admission = new Admission({ ...bounds, maxWaiting: 0 });
  await admission.enter("small");
  const leave = await admission.enter("small");
  await expect(admission.enter("small")).rejects.toMatchObject({ code: "BUSY" });
  leave();
  await admission.enter("small");
});

test("nobody waits longer than allowed", async () => {
  const admission = new Admission({ places: 1, maxWaiting: 1, maxWait: 20 });
  const leave = await admission.enter("small");
  await expect(admission.enter("small")).rejects.toMatchObject({ code: "BUSY" });
  expect(admission.waiting).toBe(0);
  leave();
  expect(admission.inside).toBe(0);
});

test("whoever has gone is not admitted", async () => {
  const admission = new Admission({ ...bounds, places: 1 });
  const leave = await admission.enter("small");
  const caller = new AbortController();
  const waiting = admission.enter("small", caller.signal);
  caller.abort(new Error("gone"));
  await expect(waiting).rejects.toThrow("gone");
  await expect(admission.enter("small", caller.signal)).rejects.toThrow("gone");
  leave();
  expect(admission).toMatchObject({ inside: 0, waiting: 0 });
});

test("large documents leave a place free for small ones", async () => {
  const admission = new Admission(bounds);
  const order: string[] = [];
  const leaveLarge = await admission.enter("large");
  const second = admission.enter("large").then((leave) => (order.push("large"), leave));
  const leaveSmall = await admission.enter("small");
  order.push("small");
  leaveSmall();
  (await admission.enter("small"))();
  order.push("small");
  expect(order).toEqual(["small", "small"]);
  leaveLarge();
  (await second)();
  expect(order).toEqual(["small", "small", "large"]);
});

test("with one place for all, the two kinds take turns", async () => {
  const admission = new Admission({ ...bounds, places: 1, maxWaiting: 6 });
  const leave = await admission.enter("large");
  const order: string[] = [];
  const served = (["large", "large", "small", "small", "small"] as const).map(async (lane) => {
    const leaveNow = await admission.enter(lane);
    order.push(lane);
    leaveNow();
  });
  leave();
  await Promise.all(served);
  expect(order).toEqual(["small", "large", "small", "large", "small"]);
});

test("large documents that wait leave room for small ones to wait", async () => {
  const admission = new Admission({ ...bounds, places: 1, maxWaiting: 4 });
  const leave = await admission.enter("large");
  const waiting = [admission.enter("large"), admission.enter("large")];
  await expect(admission.enter("large")).rejects.toMatchObject({ code: "BUSY" });
  waiting.push(admission.enter("small"), admission.enter("small"));
  expect(admission).toMatchObject({ waiting: 4, full: true });
  await expect(admission.enter("small")).rejects.toMatchObject({ code: "BUSY" });
  leave();
  for (const each of waiting) void each.then((leaveNow) => leaveNow());
  await Promise.all(waiting);
  expect(admission.waiting).toBe(0);
});
