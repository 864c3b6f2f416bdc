/** A time as a signer wrote it. `zone` is local when none was written; it is then read as China Standard Time (UTC+8). */
export type WrittenTime = { readonly at: number; readonly zone: "written" | "local" };

export const HOUR = 3_600_000;
const FORM = /^(\d{4})-?(\d{2})-?(\d{2})[T ]?(\d{2}):?(\d{2}):?(\d{2})(?:[.,](\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * Reads every form seen in seals and in SignatureDateTime: `20200723130907.763Z`, `20200817111329Z`, `20221031141634`,
 * `2020-06-20 17:18:49`, `2020-01-25T07:31:56.377Z`, and numeric offsets. Anything else is null.
 */
export function parseWrittenTime(text: string): WrittenTime | null {
  const match = FORM.exec(text.trim());
  if (match === null) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const [hour, minute, second] = [Number(match[4]), Number(match[5]), Number(match[6])];
  const utc = Date.UTC(year, month - 1, day, hour, minute, second);
  const read = new Date(utc);
  if (read.getUTCMonth() !== month - 1 || read.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59)
    return null;
  const milliseconds = match[7] === undefined ? 0 : Math.floor(Number(`0.${match[7]}`) * 1000);
  const zone = match[8];
  return { at: utc + milliseconds - offsetOf(zone), zone: zone === undefined ? "local" : "written" };
}

function offsetOf(zone: string | undefined): number {
  if (zone === undefined) return 8 * HOUR;
  if (zone === "Z") return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith("-") ? -1 : 1) * minutes * 60_000;
}

export const iso = (time: number): string => new Date(time).toISOString();
