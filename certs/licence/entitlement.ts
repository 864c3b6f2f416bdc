import type { Entitlement } from "../register-answer.ts";
import { isCreditCode } from "./credit-code.ts";
import { isRegionCode, isWithinRegion, regionOfIssuer } from "./region.ts";

const ORGANISATION_CODE = /^[0-9A-Z]{9}$/;

/** Codes as they are compared: capitals, no hyphen. */
const normal = (code: string): string => code.trim().toUpperCase().replaceAll("-", "");

/**
 * Whether an issuing body, by the code that the licence states, is among those that may issue (`issuers`: credit codes,
 * region codes that stand for the bodies of a region and of those below it, or codes as licences state them). It is unknown
 * where codes of different kinds meet that nothing relates.
 */
export function entitlementOf(issuers: readonly string[], stated: string | null): Entitlement {
  if (stated === null || issuers.length === 0) return "unknown";
  const code = normal(stated);
  const answers = issuers.map((issuer) => covers(normal(issuer), code));
  if (answers.includes(true)) return "entitled";
  return answers.includes(null) ? "unknown" : "not-entitled";
}

/** Null when the two cannot be related. */
function covers(issuer: string, code: string): boolean | null {
  if (issuer === code) return true;
  if (isRegionCode(issuer)) {
    const region = regionOfIssuer(code);
    return region === null ? null : isWithinRegion(region, issuer);
  }
  if (!isCreditCode(issuer)) return isCreditCode(code) ? false : null;
  if (isCreditCode(code)) return false;
  return ORGANISATION_CODE.test(code) ? issuer.slice(8, 17) === code : null;
}
