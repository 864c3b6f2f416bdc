import type { Check, Remark } from "../reasons.ts";
import { failed, passed, unsure } from "../reasons.ts";
import type { LicenceReport } from "../report.ts";
import { holderCodeRemarks, holderCodeType, issuerCodeRemarks } from "./holder-code.ts";
import { type ParsedIdentifier, parseLicenceIdentifier } from "./identifier.ts";
import type { LicenceDate } from "./licence-date.ts";
import { readLicenceDate, readLicenceMoment } from "./licence-date.ts";

export type LicenceFields = Omit<LicenceReport, "proven">;
/** `copyEnds` are the ends of an annotated copy (加注件), made for one purpose; all of them count. */
export type LicenceDates = {
  readonly from: LicenceDate;
  readonly to: LicenceDate;
  readonly copyEnds: readonly LicenceDate[];
};
export type Licence = {
  readonly licence: LicenceFields;
  /** Null when there is none that can be read. */
  readonly identifier: ParsedIdentifier | null;
  readonly remarks: readonly Remark[];
  readonly dates: LicenceDates;
};

/** An attacker writes names and values: both are bounded. Longer values are cut and end in an ellipsis. */
const MAX_FIELDS = 256;
const MAX_NAME = 64;
const MAX_VALUE = 2000;

const COPY_END = ["JZJYXQJZSJ", "certificateCopyCauseExpiringTime"] as const;
/** The fields that say from when and until when a licence holds. */
export const DATE_NAMES: readonly string[] = ["ZZYXQQSRQ", "ZZYXQJZRQ", ...COPY_END];
/** Names of GB/T 36903 that have a place of their own in the report. */
const PLACED = new Set(
  "ZZBS ZZLXDM ZZMC ZZBH ZZBFJG ZZBFJGDM ZZBFRQ CZZT CZZTDM CZZTDMLX CZZTDMLXDM ZZYXQQSRQ ZZYXQJZRQ".split(" "),
);
const NAMES = new Set([...PLACED, "ZZBFJGJB", "ZZQZR", "ZZQZSJ", "ZZQZMC", "CJSJ", ...COPY_END]);

const isLicenceName = (name: string): boolean => NAMES.has(name) || name.startsWith("KZ_") || name.startsWith("JZJ");

/** A surrogate pair cut in half is dropped whole. */
function cut(text: string): string {
  const head = text.slice(0, MAX_VALUE);
  return text.length <= MAX_VALUE ? text : `${head.replace(/[\uD800-\uDBFF]$/, "")}…`;
}

function valueOf(custom: ReadonlyMap<string, string>, name: string): string | null {
  const text = custom.get(name)?.trim() ?? "";
  return text === "" ? null : cut(text);
}

function otherFields(custom: ReadonlyMap<string, string>): Record<string, string> {
  const others = [...custom.keys()].filter((name) => !PLACED.has(name) && name.length <= MAX_NAME);
  return Object.fromEntries(others.slice(0, MAX_FIELDS).map((name) => [name, cut(custom.get(name)?.trim() ?? "")]));
}

const dateText = (date: LicenceDate, written: string | null): string | null =>
  date.kind === "day" ? date.text : written;

function identifierRemarks(
  written: string | null,
  identifier: ParsedIdentifier | null,
  typeCode: string | null,
): readonly Remark[] {
  if (written === null) return [];
  if (identifier === null)
    return [{ code: "IDENTIFIER_FORM", detail: "it does not have the five parts of GB/T 36904" }];
  if (typeCode === null || typeCode === identifier.typeCode) return identifier.remarks;
  return [...identifier.remarks, { code: "IDENTIFIER_FORM", detail: "its type code is not the one in ZZLXDM" }];
}

function readDates(custom: ReadonlyMap<string, string>): LicenceDates {
  return {
    from: readLicenceDate(custom.get("ZZYXQQSRQ")),
    to: readLicenceDate(custom.get("ZZYXQJZRQ")),
    copyEnds: COPY_END.map((name) => readLicenceMoment(custom.get(name))),
  };
}

function readFields(
  custom: ReadonlyMap<string, string>,
  identifier: ParsedIdentifier | null,
  dates: LicenceDates,
): LicenceFields {
  const value = (name: string): string | null => valueOf(custom, name);
  return {
    identifier: identifier?.text ?? value("ZZBS"),
    typeCode: value("ZZLXDM") ?? identifier?.typeCode ?? null,
    typeName: value("ZZMC"),
    number: value("ZZBH"),
    issuer: { code: value("ZZBFJGDM") ?? identifier?.issuerCode ?? null, name: value("ZZBFJG") },
    holder: {
      name: value("CZZT"),
      code: value("CZZTDM"),
      codeType: holderCodeType(value("CZZTDMLXDM"), value("CZZTDMLX")),
    },
    issuedOn: dateText(readLicenceDate(custom.get("ZZBFRQ")), value("ZZBFRQ")),
    validFrom: dateText(dates.from, value("ZZYXQQSRQ")),
    validTo: dateText(dates.to, value("ZZYXQJZRQ")),
    fields: otherFields(custom),
  };
}

/**
 * Reads what GB/T 36903 names in a document's custom data (OFD DocInfo/CustomDatas); null when there is nothing of it.
 * Nothing here is proven: that depends on the signatures.
 */
export function readLicence(custom: ReadonlyMap<string, string>): Licence | null {
  if (![...custom.keys()].some(isLicenceName)) return null;
  const dates = readDates(custom);
  const written = valueOf(custom, "ZZBS");
  const identifier = written === null ? null : parseLicenceIdentifier(written);
  const licence = readFields(custom, identifier, dates);
  const remarks = [
    ...identifierRemarks(written, identifier, valueOf(custom, "ZZLXDM")),
    ...holderCodeRemarks(licence.holder.code, licence.holder.codeType),
    ...issuerCodeRemarks(valueOf(custom, "ZZBFJGDM")),
  ];
  return { licence, identifier, remarks, dates };
}

function unreadableNames({ from, to, copyEnds }: LicenceDates): string[] {
  const names = from.kind === "unreadable" || from.kind === "open" ? ["ZZYXQQSRQ"] : [];
  if (to.kind === "unreadable") names.push("ZZYXQJZRQ");
  return [...names, ...COPY_END.filter((_, index) => copyEnds[index]?.kind === "unreadable")];
}

/** The first of these ends that has passed at `at`, as text. */
function passedEnd(dates: readonly LicenceDate[], at: number): string | null {
  const ended = dates.find((date) => date.kind === "day" && at > date.end);
  return ended?.kind === "day" ? ended.text : null;
}

/** Whether a licence with these dates is in force at `at` (ms). First and last day count whole, in Chinese time. */
export function licenceStatus(dates: LicenceDates, at: number): Check {
  const ended = passedEnd([dates.to], at);
  if (ended !== null) return failed("LICENCE_EXPIRED", `it ended on ${ended}`);
  const copyEnded = passedEnd(dates.copyEnds, at);
  if (copyEnded !== null) return failed("LICENCE_EXPIRED", `the annotated copy ended on ${copyEnded}`);
  const { from } = dates;
  if (from.kind === "day" && at < from.start) return failed("LICENCE_NOT_YET_VALID", `it begins on ${from.text}`);
  const unreadable = unreadableNames(dates);
  return unreadable.length === 0 ? passed() : unsure("DATE_UNREADABLE", unreadable.join(", "));
}
