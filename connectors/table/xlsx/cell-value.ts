import type { Cell } from "../rows.ts";

/** Day from which a workbook counts: the end of 1899, with a 29 February 1900 that never was, or the beginning of 1904. */
export type Epoch = 1900 | 1904;

const DAY = 86_400_000;
const EPOCHS: Readonly<Record<Epoch, number>> = { 1900: Date.UTC(1899, 11, 30), 1904: Date.UTC(1904, 0, 1) };
/** The serial number of the day that never was. */
const FALSE_LEAP_DAY = 60;
const LAST_DAY = 2_958_465;
/** Whole numbers from here on have more digits than a spreadsheet keeps. */
const TOO_LONG = 1e15;
const NUMBER = /^-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/** The value of a numeric cell as a decimal text; `rounded` where digits may have been lost. */
export function numberCell(text: string): Cell {
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value) || Math.abs(value) >= 1e21) return { fault: "VALUE_INVALID" };
  const shown = value.toPrecision(15);
  const plain = plainDecimal(shown);
  return Number(shown) === value && Math.abs(value) < TOO_LONG ? plain : { rounded: plain };
}

/** The value of a numeric cell in a date format: YYYY-MM-DD, with a time of day if there is one. */
export function dateCell(text: string, epoch: Epoch): Cell {
  const serial = NUMBER.test(text) ? Number(text) : Number.NaN;
  const first = epoch === 1900 ? 1 : 0;
  if (!(serial >= first && serial < LAST_DAY + 1)) return { fault: "VALUE_INVALID" };
  if (epoch === 1900 && Math.floor(serial) === FALSE_LEAP_DAY) return { fault: "VALUE_INVALID" };
  const shift = epoch === 1900 && serial < FALSE_LEAP_DAY ? 1 : 0;
  const seconds = Math.round((serial + shift) * 86_400);
  const moment = new Date(EPOCHS[epoch] + seconds * 1000).toISOString();
  return (seconds * 1000) % DAY === 0 ? moment.slice(0, 10) : moment.slice(0, 19);
}

/** Characters that XML does not let through stand as _xHHHH_ in texts of a workbook (ST_Xstring). */
export function unescaped(text: string): string {
  if (!text.includes("_x")) return text;
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** Without exponent and without zeros at the end. */
function plainDecimal(text: string): string {
  const [mantissa = "", exponent] = text.split("e");
  const shift = Number(exponent ?? 0);
  const negative = mantissa.startsWith("-");
  const [whole = "", fraction = ""] = mantissa.replace("-", "").split(".");
  const digits = `${whole}${fraction}`;
  const point = whole.length + shift;
  const left = point > 0 ? digits.slice(0, point).padEnd(point, "0") : "0";
  const right = (point > 0 ? digits.slice(point) : `${"0".repeat(-point)}${digits}`).replace(/0+$/, "");
  const value = `${left.replace(/^0+(?=\d)/, "")}${right === "" ? "" : `.${right}`}`;
  return negative && value !== "0" ? `-${value}` : value;
}
