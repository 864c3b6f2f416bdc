import { expect, test } from "vitest";
import { Admission } from "./admission.ts";

const bounds = { places: 2, maxWaiting: 2, maxWait: 5000 };

test("places are given at once, then in the order of asking, one for each that leaves", async () => {
  const admission = new Admission(bounds);
  const [leaveFirst, leaveSecond] = [await admission.enter(), await admission.enter()];
  const order: string[] = [];
  const third = admission.enter().then((leave) => (order.push("third"), leave));
  const fourth = admission.enter().then((leave) => (order.push("fourth"), leave));
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
  await admission.enter();
  const leave = await admission.enter();
  await expect(admission.enter()).rejects.toMatchObject({ code: "BUSY" });
  leave();
  await admission.enter();
});

test("nobody waits longer than allowed", async () => {
  const admission = new Admission({ places: 1, maxWaiting: 1, maxWait: 20 });
  const leave = await admission.enter();
  await expect(admission.enter()).rejects.toMatchObject({ code: "BUSY" });
  expect(admission.waiting).toBe(0);
  leave();
  expect(admission.inside).toBe(0);
});

test("whoever has gone is not admitted", async () => {
  const admission = new Admission({ ...bounds, places: 1 });
  const leave = await admission.enter();
  const caller = new AbortController();
  const waiting = admission.enter(caller.signal);
  caller.abort(new Error("gone"));
  await expect(waiting).rejects.toThrow("gone");
  await expect(admission.enter(caller.signal)).rejects.toThrow("gone");
  leave();
  expect(admission).toMatchObject({ inside: 0, waiting: 0 });
});
