import type { Remark } from "../reasons.ts";
import { creditCodeFault } from "./credit-code.ts";
import { isRegionCode } from "./region.ts";

declare const brand: unique symbol;
/** A licence identifier (证照标识) that `parseLicenceIdentifier` has read. */
export type LicenceIdentifier = string & { readonly [brand]: "LicenceIdentifier" };

export type IssuerForm = "credit-code" | "organisation-code" | "region-code" | "other";
export type ParsedIdentifier = {
  readonly text: LicenceIdentifier;
  readonly typeCode: string;
  readonly issuerCode: string;
  readonly issuerForm: IssuerForm;
  readonly serial: string;
  readonly version: string;
  readonly check: string;
  readonly computedCheck: string;
  readonly remarks: readonly Remark[];
};

const ROOT = "1.2.156.3005.2.";
/** The longest well-formed one has 98 characters; anything longer than this is not looked at. */
const MAX_LENGTH = 200;
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const ALPHANUMERIC = /^[0-9A-Z]+$/;
const PARTS = /^([0-9A-Za-z]+)\.([0-9A-Za-z]+)\.([0-9A-Za-z]+)\.([0-9A-Za-z]+)\.([0-9A-Za-z])$/;
const TYPE_CODE = /^[0-9A-Z]{18}[0-9]{3}$/;

/** ISO/IEC 7064 MOD 37,36 over type, issuer, serial and version joined without dots; throws RangeError outside 0-9A-Z. */
export function licenceIdentifierCheck(joined: string): string {
  if (!ALPHANUMERIC.test(joined)) throw new RangeError("the check character is computed over 0-9A-Z only");
  let product = 36;
  for (const character of joined) {
    const sum = (product + ALPHABET.indexOf(character)) % 36;
    product = ((sum === 0 ? 36 : sum) * 2) % 37;
  }
  return ALPHABET.charAt((37 - product) % 36);
}

function issuerFormOf(code: string): IssuerForm {
  if (/^[0-9A-Z]{18}$/.test(code)) return "credit-code";
  if (/^[0-9A-Z]{8}[0-9X]$/.test(code)) return "organisation-code";
  return isRegionCode(code) ? "region-code" : "other";
}

type Parts = { readonly type: string; readonly issuer: string; readonly serial: string; readonly version: string };

/** Deviations from GB/T 36904 that real systems write; each is a remark, none makes the identifier unreadable. */
function formRemarks(text: string, parts: Parts): Remark[] {
  const deviations = [
    [text.startsWith(ROOT), "it does not begin with 1.2.156.3005.2"],
    [text === text.toUpperCase(), "it has lower-case letters"],
    [TYPE_CODE.test(parts.type), "the type code is not a credit code and three digits"],
    [issuerFormOf(parts.issuer) !== "other", "the issuer code is no credit, organisation or region code"],
    [parts.serial.length <= 32, "the serial number is longer than 32 characters"],
    [/^[0-9]{3}$/.test(parts.version), "the version is not three digits"],
  ] as const;
  return deviations.flatMap(([fits, detail]) => (fits ? [] : [{ code: "IDENTIFIER_FORM", detail }]));
}

function checkRemarks(parts: Parts, check: string, computed: string): Remark[] {
  const remarks: Remark[] = [];
  if (check !== computed) {
    remarks.push({ code: "WRONG_CHECK_CHARACTER", detail: `given ${check}, computed ${computed}` });
  }
  if (TYPE_CODE.test(parts.type) && creditCodeFault(parts.type.slice(0, 18)) !== null) {
    remarks.push({ code: "WRONG_CHECK_DIGIT", detail: "credit code in the identifier's type code" });
  }
  if (issuerFormOf(parts.issuer) === "credit-code" && creditCodeFault(parts.issuer) !== null) {
    remarks.push({ code: "WRONG_CHECK_DIGIT", detail: "issuer code in the identifier" });
  }
  return remarks;
}

type Split = { readonly parts: Parts; readonly check: string };

function split(text: string): Split | null {
  const match = PARTS.exec(text.startsWith(ROOT) ? text.slice(ROOT.length) : text);
  const [type, issuer, serial, version, check] = (match ?? []).slice(1).map((part) => part.toUpperCase());
  if (type === undefined || issuer === undefined || serial === undefined) return null;
  if (version === undefined || check === undefined) return null;
  // Without the root OID only the type code tells a licence identifier from any other dotted text.
  if (!text.startsWith(ROOT) && !TYPE_CODE.test(type)) return null;
  return { parts: { type, issuer, serial, version }, check };
}

/** Reads a licence identifier of GB/T 36904, with or without the root OID; null when it does not have the five parts. Letters come back as capitals. */
export function parseLicenceIdentifier(outside: string): ParsedIdentifier | null {
  if (outside.length > MAX_LENGTH) return null;
  const text = outside.trim();
  const found = split(text);
  if (found === null) return null;
  const { parts, check } = found;
  const { type, issuer, serial, version } = parts;
  const computedCheck = licenceIdentifierCheck(type + issuer + serial + version);
  return {
    text: text.toUpperCase() as LicenceIdentifier,
    typeCode: type,
    issuerCode: issuer,
    issuerForm: issuerFormOf(issuer),
    serial,
    version,
    check,
    computedCheck,
    remarks: [...formRemarks(text, parts), ...checkRemarks(parts, check, computedCheck)],
  };
}
