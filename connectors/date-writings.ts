const CHINA = 8 * 3_600_000;

const NUMERIC =
  /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ]+(\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?) ?(Z|[+-]\d{2}:?\d{2})?)?$/i;
const COMPACT = /^(\d{4})(\d{2})(\d{2})$/;
const CHINESE =
  /^([\d〇○零一二三四五六七八九]{4}) ?年 ?([\d一二三四五六七八九十]{1,3}) ?月 ?([\d一二三四五六七八九十]{1,3}) ?[日号]$/;

/**
 * A day in one of its usual writings (2024-01-05, 2024/1/5, 2024.1.5, 20240105, 2024年1月5日, 二〇二四年一月五日), in half-width
 * characters, as YYYY-MM-DD; null for anything else and for days that are not in the calendar. A time of day is left out; with
 * a zone it is the day in China.
 */
export function readDate(text: string): string | null {
  const numeric = NUMERIC.exec(text);
  if (numeric !== null) {
    const [, year, , month, day, time, zone] = numeric;
    const date = dayOf(Number(year), Number(month), Number(day));
    return date === null || zone === undefined ? date : dayInChina(`${date}T${padded(time ?? "")}${colon(zone)}`);
  }
  const compact = COMPACT.exec(text);
  if (compact !== null) return dayOf(Number(compact[1]), Number(compact[2]), Number(compact[3]));
  const chinese = CHINESE.exec(text);
  if (chinese === null) return null;
  const [, year = "", month = "", day = ""] = chinese;
  return dayOf(Number([...year].map(digitOf).join("")), numberOf(month), numberOf(day));
}

function dayOf(year: number, month: number, day: number): string | null {
  const text = `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
  const time = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text ? null : text;
}

function dayInChina(moment: string): string | null {
  const time = Date.parse(moment);
  return Number.isNaN(time) ? null : new Date(time + CHINA).toISOString().slice(0, 10);
}

const padded = (time: string): string => (time[1] === ":" ? `0${time}` : time);
const colon = (zone: string): string =>
  /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();

const DIGITS = "〇一二三四五六七八九";

function digitOf(character: string): string {
  if (character === "○" || character === "零") return "0";
  const digit = DIGITS.indexOf(character);
  return digit < 0 ? character : String(digit);
}

/** 1 to 99 in either writing (12, 十二, 二十, 三十一); NaN for anything else. */
function numberOf(text: string): number {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const tens = /^([一二三四五六七八九]?)十([一二三四五六七八九]?)$/.exec(text);
  if (tens !== null) return DIGITS.indexOf(tens[1] || "一") * 10 + (tens[2] ? DIGITS.indexOf(tens[2]) : 0);
  return text.length === 1 ? DIGITS.indexOf(text) : Number.NaN;
}
