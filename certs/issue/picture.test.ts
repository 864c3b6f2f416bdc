import { crc32, inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { roundSealPicture, writePng } from "./picture.ts";

function chunks(png: Buffer): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    const typed = png.subarray(at + 4, at + 8 + length);
    expect(png.readUInt32BE(at + 8 + length)).toBe(crc32(typed));
    found.set(typed.toString("latin1", 0, 4), typed.subarray(4));
    at += 12 + length;
  }
  return found;
}

test("writes the pixels of a PNG row by row, each chunk with its checksum", () => {
  const png = writePng(2, 1, (x) => [x, 20, 30, 40]);
  expect(png.toString("latin1", 0, 8)).toBe("\x89PNG\r\n\x1a\n");
  const parts = chunks(png);
  expect([...parts.keys()]).toEqual(["IHDR", "IDAT", "IEND"]);
  expect(parts.get("IHDR")?.toString("hex")).toBe("00000002000000010806000000");
  expect(inflateSync(parts.get("IDAT") ?? Buffer.alloc(0))).toEqual(Buffer.of(0, 0, 20, 30, 40, 1, 20, 30, 40));
});

test("the seal is red in its ring and star and clear between them", () => {
  const size = 120;
  const rows = inflateSync(chunks(roundSealPicture(size)).get("IDAT") ?? Buffer.alloc(0));
  const alpha = (x: number, y: number): number => rows[y * (1 + size * 4) + 1 + x * 4 + 3] ?? -1;
  expect(rows).toHaveLength(size * (1 + size * 4));
  expect([alpha(60, 60), alpha(60, 4), alpha(60, 25), alpha(0, 0)]).toEqual([255, 255, 0, 0]);
});
