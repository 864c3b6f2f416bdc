/** Millimetres from the upper left corner of the page (GB/T 33190-2016 table 2, ST_Box). */
export type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** What a box that cannot be read counts as. */
export const EVERYWHERE: Box = { x: -1e9, y: -1e9, width: 2e9, height: 2e9 };

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2})?$/;
const LARGEST = 1e7;
const MOST_BOXES = 2000;

/** Null when the text is no box: four numbers, the last two not negative (a horizontal line has height 0). */
export function parseBox(text: string | undefined): Box | null {
  if (text === undefined || text.length > 200) return null;
  const [x, y, width, height, ...rest] = text
    .split(/[ \t\r\n]+/)
    .filter((part) => part !== "")
    .map(parseNumber);
  if (x === undefined || y === undefined || width === undefined || height === undefined || rest.length > 0) return null;
  const readable = [x, y, width, height].every(Number.isFinite) && width >= 0 && height >= 0;
  return readable ? { x, y, width, height } : null;
}

function parseNumber(text: string): number {
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Math.abs(value) <= LARGEST ? value : Number.NaN;
}

export const intersects = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

export const sameBox = (a: Box, b: Box): boolean =>
  a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;

export const shifted = (box: Box, by: Box): Box => ({ ...box, x: box.x + by.x, y: box.y + by.y });

/** Boxes of drawn objects. Past a bound the list's last box grows to hold the others: it never shrinks what is drawn on. */
export class BoxList {
  readonly boxes: Box[] = [];

  add(box: Box): void {
    const last = this.boxes.at(-1);
    if (last === undefined || this.boxes.length < MOST_BOXES) this.boxes.push(box);
    else this.boxes[this.boxes.length - 1] = around(last, box);
  }
}

function around(a: Box, b: Box): Box {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  const right = Math.max(a.x + a.width, b.x + b.width);
  const bottom = Math.max(a.y + a.height, b.y + b.height);
  return { x, y, width: right - x, height: bottom - y };
}
