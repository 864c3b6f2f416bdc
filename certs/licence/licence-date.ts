import { isCalendarDay } from "./calendar.ts";

/** One date of a licence. `start` is the first and `end` the last instant that belongs to it, ms since the epoch; `text` is YYYY-MM-DD. */
export type LicenceDate =
  | { readonly kind: "absent" }
  /** 长期 and the like: no end. */
  | { readonly kind: "open" }
  | { readonly kind: "unreadable" }
  | { readonly kind: "day"; readonly text: string; readonly start: number; readonly end: number };

const DAY = 86_400_000;
/** Licence dates are whole days of Chinese time, UTC+8 all year. */
const CHINA = 8 * 3_600_000;
const YEAR_10000 = Date.UTC(10_000, 0) - CHINA;
const MAX_LENGTH = 64;

const PLAIN = /^\d{4}-\d{2}-\d{2}$/;
const OPEN = /^(?:长期|永久)(?:有效)?$/;
const EPOCH = /^[0-9]{13}$/;
const COMPACT =
  /^(?<year>[0-9]{4})(?<month>[0-9]{2})(?<day>[0-9]{2})(?:(?<hour>[0-9]{2})(?<minute>[0-9]{2})(?<second>[0-9]{2}))?$/;
const SEPARATED =
  /^(?<year>[0-9]{4})(?<separator>[-/.])(?<month>[0-9]{1,2})\k<separator>(?<day>[0-9]{1,2})(?:[T ](?<hour>[0-9]{2}):(?<minute>[0-9]{2})(?::(?<second>[0-9]{2})(?:\.(?<fraction>[0-9]{1,9}))?)?(?<zone>Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])?)?$/;
const CHINESE = /^(?<year>[0-9]{4})年(?<month>[0-9]{1,2})月(?<day>[0-9]{1,2})日$/;

const ABSENT: LicenceDate = { kind: "absent" };
const UNREADABLE: LicenceDate = { kind: "unreadable" };

function zoneOffset(zone: string | undefined): number {
  if (zone === undefined) return CHINA;
  if (zone === "Z") return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith("-") ? -minutes : minutes) * 60_000;
}

/** The instant that the fields name, or null when calendar or clock have no such moment. */
function instantOf(groups: Readonly<Record<string, string | undefined>>): number | null {
  const number = (name: string): number => Number(groups[name] ?? 0);
  const [year, month, day] = [number("year"), number("month"), number("day")];
  const [hour, minute, second] = [number("hour"), number("minute"), number("second")];
  if (!isCalendarDay(year, month, day) || hour > 23 || minute > 59 || second > 59) return null;
  const utc = new Date(0).setUTCFullYear(year, month - 1, day) + ((hour * 60 + minute) * 60 + second) * 1000;
  const fraction = Number((groups["fraction"] ?? "").padEnd(3, "0").slice(0, 3));
  return utc + fraction - zoneOffset(groups["zone"]);
}

function readInstant(text: string): number | null {
  if (EPOCH.test(text)) return Number(text);
  const groups = (COMPACT.exec(text) ?? SEPARATED.exec(text) ?? CHINESE.exec(text))?.groups;
  return groups === undefined ? null : instantOf(groups);
}

/** A date in the standard's own form, which needs no other reading; null for any other. */
function plainDay(text: string): LicenceDate | null {
  if (!PLAIN.test(text)) return null;
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8))];
  if (year < 100 || !isCalendarDay(year, month, day)) return null;
  const start = Date.UTC(year, month - 1, day) - CHINA;
  return { kind: "day", text, start, end: start + DAY - 1 };
}

/** The day in China that an instant falls on. */
function dayOf(instant: number): LicenceDate & { readonly kind: "day" } {
  const start = Math.floor((instant + CHINA) / DAY) * DAY - CHINA;
  const text = new Date(start + CHINA).toISOString().slice(0, 10);
  return { kind: "day", text, start, end: start + DAY - 1 };
}

/** Reads a date in the forms that licences hold: YYYY-MM-DD (also / and .), YYYYMMDD, YYYY年M月D日, with or without a time, epoch ms, 长期, 永久. */
export function readLicenceDate(outside: string | undefined): LicenceDate {
  if (outside === undefined) return ABSENT;
  if (outside.length > MAX_LENGTH) return UNREADABLE;
  const plain = plainDay(outside);
  if (plain !== null) return plain;
  const text = outside.normalize("NFKC").trim();
  if (text === "") return ABSENT;
  if (OPEN.test(text)) return { kind: "open" };
  const instant = readInstant(text);
  return instant === null || instant >= YEAR_10000 ? UNREADABLE : dayOf(instant);
}

/** As `readLicenceDate`, but a time of day counts: annotated copies end at a moment, not with the day. Midnight stands for the whole day. */
export function readLicenceMoment(outside: string | undefined): LicenceDate {
  const date = readLicenceDate(outside);
  if (date.kind !== "day" || outside === undefined) return date;
  const instant = readInstant(outside.normalize("NFKC").trim());
  return instant === null || instant === date.start ? date : { ...date, start: instant, end: instant };
}
