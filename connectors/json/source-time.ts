import { readMoment } from "../moment.ts";

const LOCAL = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(\.\d{1,9})?$/;
const COMPACT = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/;
const CHINA = 8 * 3_600_000;

/**
 * A time as sources write it, in milliseconds since the epoch: RFC 3339; without a zone (2024-01-05 09:30:00, 20240105093000) it
 * is China's; 13 digits are milliseconds since the epoch; a day alone is its beginning in China. Null for anything else.
 */
export function parseSourceTime(text: string): number | null {
  if (/^\d{13}$/.test(text)) return Number(text);
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return readMoment(`${text}T00:00:00+08:00`);
  const local = LOCAL.exec(text);
  if (local !== null) return readMoment(`${local[1]}T${local[2]}${local[3] ?? ""}+08:00`);
  const compact = COMPACT.exec(text);
  if (compact === null) return readMoment(text);
  const [, year, month, day, hour, minute, second] = compact;
  return readMoment(`${year}-${month}-${day}T${hour}:${minute}:${second}+08:00`);
}

/** The day in China on which milliseconds since the epoch lie, as YYYY-MM-DD. */
export const dayInChina = (time: number): string => new Date(time + CHINA).toISOString().slice(0, 10);
