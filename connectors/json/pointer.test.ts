import { expect, test } from "vitest";
import { parsePointer, scalarText, valueAt } from "./pointer.ts";
import { parseJson } from "./strict-json.ts";

/** The document of RFC 6901 clause 5. */
const DOCUMENT = parseJson(
  Buffer.from('{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\\\j":5,"k\\"l":6," ":7,"m~n":8}'),
);

test.each([
  ["/foo/0", "bar"],
  ["/", "0"],
  ["/a~1b", "1"],
  ["/c%d", "2"],
  ["/e^f", "3"],
  ["/g|h", "4"],
  ["/i\\j", "5"],
  ['/k"l', "6"],
  ["/ ", "7"],
  ["/m~0n", "8"],
])("%s is %s (RFC 6901)", (pointer, text) => {
  expect(scalarText(valueAt(DOCUMENT, parsePointer(pointer) ?? ["nowhere"]) ?? null)).toBe(text);
});

test.each(["/none", "/foo/2", "/foo/01", "/foo/-", "/foo/-1", "/foo/length", "/foo/0/x", "/foo/1e0", "/__proto__"])(
  "nothing stands at %s",
  (pointer) => {
    expect(valueAt(DOCUMENT, parsePointer(pointer) ?? [])).toBeUndefined();
  },
);

test.each(["foo", "#/foo", "/a~", "/a~2b", " /foo"])("%j is no pointer", (text) => {
  expect(parsePointer(text)).toBeNull();
});

test("objects and lists are no scalars", () => {
  expect(scalarText(DOCUMENT)).toBeUndefined();
  expect(scalarText(valueAt(DOCUMENT, ["foo"]) ?? null)).toBeUndefined();
});
