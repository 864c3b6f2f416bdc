import * as fc from "fast-check";
import { expect, test } from "vitest";
import { zipOf } from "../issue/zip.ts";
import { readClaims } from "./zip-claims.ts";

const files = new Map([
  ["a.xml", Buffer.alloc(1000)],
  ["b/c.bin", Buffer.from("text")],
]);

test("claims are added up over all entries", () => {
  expect(readClaims(zipOf(files))).toEqual({ entries: 2, unpacked: 1004 });
});

test("a claim of more than there is counts as it stands", () => {
  const bytes = Buffer.from(zipOf(files));
  bytes.writeUInt32LE(0xffff_ffff, bytes.indexOf("PK\u0001\u0002") + 24);
  expect(readClaims(bytes)).toEqual({ entries: 2, unpacked: 0xffff_ffff + 4 });
});

test("what is no archive claims nothing, and nothing is thrown whatever the bytes", () => {
  expect(readClaims(Buffer.from("no archive"))).toEqual({ entries: 0, unpacked: 0 });
  const good = Buffer.from(zipOf(files));
  for (let at = 0; at < good.length; at++) {
    const changed = Buffer.from(good);
    changed[at] = (changed[at] ?? 0) ^ 0xff;
    expect(readClaims(changed).entries).toBeLessThanOrEqual(2);
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => readClaims(noise).entries === 0));
});
