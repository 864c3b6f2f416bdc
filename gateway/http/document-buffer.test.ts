import { expect, test } from "vitest";
import { DocumentBuffer } from "./document-buffer.ts";

const MIB = 1024 * 1024;

test("a document of usual size can be taken again, each time in memory of its own", () => {
  const document = new DocumentBuffer(5);
  document.add(Uint8Array.of(1, 2));
  document.add(Uint8Array.of(3));
  const first = document.take();
  expect(first).toEqual(Uint8Array.of(1, 2, 3));
  expect(first?.buffer.byteLength).toBe(3);
  structuredClone(first, { transfer: first === null ? [] : [first.buffer] });
  expect(document.take()).toEqual(Uint8Array.of(1, 2, 3));
  expect(document.length).toBe(3);
});

test.each([0, 20 * MIB])("a large one is given away, whether %d bytes were declared", (declared) => {
  const document = new DocumentBuffer(declared);
  for (let each = 0; each < 17; each += 1) document.add(new Uint8Array(MIB).fill(each));
  const taken = document.take();
  expect(taken?.length).toBe(17 * MIB);
  expect([taken?.[0], taken?.[MIB], taken?.[17 * MIB - 1]]).toEqual([0, 1, 16]);
  expect(document.take()).toBeNull();
  expect(document.length).toBe(17 * MIB);
});

test("a small one in a large form can be taken again as well", () => {
  const document = new DocumentBuffer(20 * MIB);
  document.add(Uint8Array.of(1, 2));
  const first = document.take();
  expect(first).toEqual(Uint8Array.of(1, 2));
  expect(first?.buffer.byteLength).toBe(2);
  expect(document.take()).toEqual(Uint8Array.of(1, 2));
});

test("nothing is left of what was discarded", () => {
  const document = new DocumentBuffer(0);
  document.add(Uint8Array.of(1));
  document.discard();
  expect(document.take()).toBeNull();
});
