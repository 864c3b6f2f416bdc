import type { Grant } from "../entities.ts";
import { flag, integer, invalid, members, nullable, pathTo, type Reader, setOf } from "./reader.ts";
import { creditCode, entryId, explanation, fieldName, itemCode, moment } from "./texts.ts";

/** Longest term of a grant: sharing is for a stated time (使用时限, 条例 art. 20). */
export const MAX_GRANT_YEARS = 5;

const shape = members({
  id: entryId,
  organisation: creditCode,
  resource: entryId,
  fields: setOf(fieldName, { min: 1, max: 500 }),
  items: setOf(itemCode, { min: 1, max: 500 }),
  from: moment,
  until: moment,
  perDay: nullable(integer({ min: 1, max: 1_000_000_000 })),
  basis: explanation,
  scene: explanation,
  suspended: flag,
});

/** Whether the resource, its fields and the items are there is not known here: see references.ts. */
export const readGrant: Reader<Grant> = (value, path) => {
  const grant = shape(value, path);
  const [from, until] = [Date.parse(grant.from), Date.parse(grant.until)];
  if (until <= from) throw invalid(pathTo(path, "until"), "must be after from");
  const latest = new Date(from);
  latest.setUTCFullYear(latest.getUTCFullYear() + MAX_GRANT_YEARS);
  if (until > latest.getTime()) throw invalid(pathTo(path, "until"), `must be within ${MAX_GRANT_YEARS} years of from`);
  return grant;
};
