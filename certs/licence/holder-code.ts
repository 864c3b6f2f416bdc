import type { Remark } from "../reasons.ts";
import { creditCodeFault } from "./credit-code.ts";
import { isOrganisationCode } from "./organisation-code.ts";
import { residentNumberFault } from "./resident-number.ts";

/** Kinds of holder codes (持证主体代码类型), GB/T 36903 annex A. */
export const HOLDER_CODE_TYPES = {
  "001": "统一社会信用代码",
  "099": "其他法人或其他组织",
  "111": "公民身份号码",
  "114": "军官证",
  "115": "武警警官证",
  "118": "士兵证",
  "119": "武警士兵证",
  "120": "军队文职",
  "122": "武警文职",
  "411": "外交护照",
  "412": "公务护照",
  "413": "公务普通护照",
  "414": "普通护照",
  "511": "台湾居民来往大陆通行证",
  "516": "港澳居民来往内地通行证",
  "999": "其他自然人",
} as const satisfies Record<string, string>;

/** The code of a type given by code or by its Chinese name; what is neither comes back as written. */
export function holderCodeType(code: string | null, name: string | null): string | null {
  if (code !== null) return code;
  const known = Object.entries(HOLDER_CODE_TYPES).find(([, chinese]) => chinese === name);
  return known === undefined ? name : known[0];
}

function faultOf(code: string, type: string | null): string | null {
  if (code.includes("*")) return null; // masked by the issuer: nothing to check
  if (type === "001") return creditCodeFault(code);
  if (type === "111") return residentNumberFault(code);
  if (type === "099" && /^[0-9A-Z]{8}-?[0-9X]$/.test(code)) return isOrganisationCode(code) ? null : "check-digit";
  return null;
}

/** Checks a holder's code by its type; the remark names the fault and never holds the code. */
export function holderCodeRemarks(code: string | null, type: string | null): Remark[] {
  const fault = code === null ? null : faultOf(code, type);
  return fault === null ? [] : [{ code: "WRONG_CHECK_DIGIT", detail: `holder code of type ${type}: ${fault}` }];
}

/** Checks an issuing authority's code where its form says what it is. */
export function issuerCodeRemarks(code: string | null): Remark[] {
  const fault = code !== null && /^[0-9A-Z]{18}$/.test(code) ? creditCodeFault(code) : null;
  return fault === null ? [] : [{ code: "WRONG_CHECK_DIGIT", detail: `issuer code: ${fault}` }];
}
