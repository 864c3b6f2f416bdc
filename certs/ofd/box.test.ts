import { expect, test } from "vitest";
import { type Box, BoxList, EVERYWHERE, intersects, parseBox } from "./box.ts";

const box = (x: number, y: number, width: number, height: number): Box => ({ x, y, width, height });

test.each([
  ["0 0 210 297", box(0, 0, 210, 297)],
  [" 10.5\n-3  .5 0 ", box(10.5, -3, 0.5, 0)],
  ["1e1 0 5 5", box(10, 0, 5, 5)],
])("%j is a box", (text, expected) => {
  expect(parseBox(text)).toEqual(expected);
});

test.each([
  "",
  "1 2 3",
  "1 2 3 4 5",
  "a 0 1 1",
  "0x1 0 1 1",
  "0 0 -1 1",
  "0 0 1e99 1",
  "NaN 0 1 1",
  "0,0,1,1",
  "0 0 1 1".padEnd(300),
])("%j is none", (text) => {
  expect(parseBox(text)).toBeNull();
});

test("boxes that share an edge do not intersect; a line across a box does", () => {
  expect(intersects(box(0, 0, 10, 10), box(10, 0, 10, 10))).toBe(false);
  expect(intersects(box(0, 0, 10, 10), box(9.9, 9.9, 10, 10))).toBe(true);
  expect(intersects(box(0, 5, 100, 0), box(20, 0, 10, 10))).toBe(true);
  expect(intersects(EVERYWHERE, box(120, 100, 40, 40))).toBe(true);
});

test("a long list covers no less than its boxes", () => {
  const list = new BoxList();
  for (let n = 0; n < 5000; n++) list.add(box(n, n, 1, 1));
  expect(list.boxes.length).toBeLessThan(5000);
  expect(list.boxes.some((each) => intersects(each, box(4999.2, 4999.2, 0.1, 0.1)))).toBe(true);
  expect(list.boxes.some((each) => intersects(each, box(10.2, 10.2, 0.1, 0.1)))).toBe(true);
  expect(list.boxes.some((each) => intersects(each, box(20.2, 10.2, 0.1, 0.1)))).toBe(false);
});
