import { isCalendarDay } from "#certs/licence/calendar.ts";
import { creditCodeFault } from "#certs/licence/credit-code.ts";
import { isOrganisationCode } from "#certs/licence/organisation-code.ts";
import { isRegionCode } from "#certs/licence/region.ts";
import { invalid, matching, type Reader, words } from "./reader.ts";

/** The whole country, in the catalogue's own writing. */
export const WHOLE_COUNTRY = "000000";

/** Titles, names of people's making, and longer explanations. */
export const title = words(200);
export const explanation = words(2000);

export const entryId = matching(
  /^[a-z][a-z0-9-]{1,62}$/,
  "must be 2 to 63 lower-case letters, digits and hyphens, a letter first",
);

export const itemCode = matching(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  "must be 1 to 64 letters, digits, dots, hyphens and underscores, a letter or digit first",
);

export const secretName = matching(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  "must be the name of a secret: 1 to 64 letters, digits, dots, hyphens and underscores",
);

const plainName = matching(
  /^[a-z][A-Za-z0-9_]{0,63}$/,
  "must have a name of 1 to 64 letters, digits and underscores, a lower-case letter first",
);

/** Names that every JavaScript object answers to are refused: whoever looks a field up must not find those. */
export const fieldName: Reader<string> = (value, path) => {
  const name = plainName(value, path);
  if (name in {}) throw invalid(path, "must not have a name that stands for something else already");
  return name;
};

/** GB 32100. */
export const creditCode: Reader<string> = (value, path) => {
  const fault = typeof value === "string" ? creditCodeFault(value) : "form";
  if (typeof value !== "string" || fault !== null) throw invalid(path, `must be a credit code of GB 32100 (${fault})`);
  return value;
};

/** Six digits of GB/T 2260, or 000000. */
export const regionCode: Reader<string> = (value, path) => {
  const fits = typeof value === "string" && value.length === 6 && (value === WHOLE_COUNTRY || isRegionCode(value));
  if (!fits) throw invalid(path, `must be a region of six digits (GB/T 2260), or ${WHOLE_COUNTRY}`);
  return value;
};

/** 证照类型代码: the credit code of the body that defines the type, and three digits. */
export const typeCode: Reader<string> = (value, path) => {
  if (
    typeof value !== "string" ||
    !/^[0-9A-Z]{18}[0-9]{3}$/.test(value) ||
    creditCodeFault(value.slice(0, 18)) !== null
  )
    throw invalid(path, "must be a licence type code: a credit code and three digits");
  return value;
};

/** As licences state it: a credit code, or in older ones an organisation code or a region. */
export const issuerCode: Reader<string> = (value, path) => {
  const fits =
    typeof value === "string" &&
    (creditCodeFault(value) === null || isOrganisationCode(value) || (value.length === 6 && isRegionCode(value)));
  if (!fits) throw invalid(path, "must be a credit code, an organisation code or a region");
  return value;
};

const MOMENT =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,3})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$/;

/** RFC 3339 with seconds and a zone. */
export const moment: Reader<string> = (value, path) => {
  const parts = typeof value === "string" ? MOMENT.exec(value)?.slice(1).map(Number) : undefined;
  const [year = 0, month = 0, day = 0] = parts ?? [];
  if (typeof value !== "string" || !isCalendarDay(year, month, day))
    throw invalid(path, "must be a time of RFC 3339 with seconds and zone");
  return value;
};
