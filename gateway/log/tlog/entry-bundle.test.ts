import { array, assert, integer, property, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBundle, encodeBundle } from "./entry-bundle.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

test("each entry after its length in two bytes", () => {
  const entries = [Buffer.from("a"), Buffer.alloc(0), Buffer.from("bcd")];
  expect(encodeBundle(entries)).toEqual(hex("0001 61 0000 0003 626364"));
  expect(decodeBundle(hex("0001 61 0000 0003 626364"), 3)).toEqual(entries);
});

test("what was encoded is decoded", () => {
  assert(
    property(array(uint8Array({ maxLength: 700 }), { maxLength: 256 }), (entries) => {
      const decoded = decodeBundle(encodeBundle(entries), entries.length);
      expect(decoded).toEqual(entries.map((entry) => Buffer.from(entry)));
    }),
  );
});

test("of 256 entries of the greatest length", () => {
  const entries = Array.from({ length: 256 }, (_, at) => Buffer.alloc(65_535, at));
  const decoded = decodeBundle(encodeBundle(entries), 256);
  expect(decoded.every((entry, at) => entry.equals(entries[at] ?? Buffer.alloc(0)))).toBe(true);
  expect(decoded).toHaveLength(256);
});

test("too much for a bundle", () => {
  expect(() => encodeBundle([Buffer.alloc(65_536)])).toThrow(RangeError);
  expect(() => encodeBundle(Array.from({ length: 257 }, () => Buffer.alloc(1)))).toThrow(RangeError);
});

describe("not a bundle of that many whole entries", () => {
  test.each([
    ["nothing in place of one", "", 1],
    ["half a length", "00", 1],
    ["a length without its entry", "0001", 1],
    ["an entry that is cut off", "0003 6162", 1],
    ["one entry too few", "0001 61", 2],
    ["one entry too many", "0001 61 0001 62", 1],
    ["a byte after the last", "0001 61 00", 1],
    ["an empty entry after the last", "0001 61 0000", 1],
  ])("%s", (_, bundle, count) => {
    expect(() => decodeBundle(hex(bundle), count)).toThrow(expect.objectContaining({ code: "BUNDLE_MALFORMED" }));
  });

  test("whatever is cut off or put behind", () => {
    const entries = [Buffer.from("abc"), Buffer.from("de"), Buffer.from("f")];
    const bundle = encodeBundle(entries);
    assert(
      property(integer({ min: 0, max: bundle.length - 1 }), uint8Array({ minLength: 1, maxLength: 9 }), (end, more) => {
        expect(() => decodeBundle(bundle.subarray(0, end), 3)).toThrow();
        expect(() => decodeBundle(Buffer.concat([bundle, more]), 3)).toThrow();
      }),
    );
  });
});
