import { crc32, deflateSync } from "node:zlib";

type Point = readonly [x: number, y: number];
type Colour = readonly [red: number, green: number, blue: number, alpha: number];

const RED: Colour = [0xd0, 0x10, 0x10, 0xff];
const CLEAR: Colour = [0, 0, 0, 0];

/** An RGBA image of 8 bits a channel, no filter. Source: PNG (third edition) 5.6, 11.2. */
export function writePng(width: number, height: number, colourAt: (x: number, y: number) => Colour): Buffer {
  const rows = Buffer.alloc(height * (1 + width * 4));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) rows.set(colourAt(x, y), y * (1 + width * 4) + 1 + x * 4);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, content: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, "latin1"), content]);
  const framed = Buffer.alloc(typed.length + 8);
  framed.writeUInt32BE(content.length, 0);
  framed.set(typed, 4);
  framed.writeUInt32BE(crc32(typed), typed.length + 4);
  return framed;
}

/** A round red seal: a ring and a five-pointed star on a clear ground. `size` in pixels. */
export function roundSealPicture(size = 240): Buffer {
  const middle = (size - 1) / 2;
  const star = starPoints(middle, size * 0.2);
  return writePng(size, size, (x, y) => {
    const distance = Math.hypot(x - middle, y - middle) / size;
    const ring = distance > 0.45 && distance < 0.49;
    return ring || (distance < 0.2 && inside(star, x, y)) ? RED : CLEAR;
  });
}

function starPoints(middle: number, radius: number): readonly Point[] {
  return Array.from({ length: 10 }, (_, n): Point => {
    const reach = n % 2 === 0 ? radius : radius * 0.382;
    const angle = (n * Math.PI) / 5 - Math.PI / 2;
    return [middle + reach * Math.cos(angle), middle + reach * Math.sin(angle)];
  });
}

/** Even-odd rule. */
function inside(polygon: readonly Point[], x: number, y: number): boolean {
  let odd = false;
  let [lastX, lastY] = polygon.at(-1) ?? [0, 0];
  for (const [nextX, nextY] of polygon) {
    if (nextY > y !== lastY > y && x < ((lastX - nextX) * (y - nextY)) / (lastY - nextY) + nextX) odd = !odd;
    [lastX, lastY] = [nextX, nextY];
  }
  return odd;
}
