import { isResidentNumber } from "#certs/licence/resident-number.ts";
import type { Case } from "../entities.ts";
import { invalid, matching, members, oneOf, type Reader } from "./reader.ts";
import { creditCode, itemCode } from "./texts.ts";

const writtenNumber = matching(
  /^[\p{L}\p{N}][\p{L}\p{N}〔〕（）()[\]._-]{0,63}$/u,
  "must be 1 to 64 letters, digits, brackets, dots and hyphens, a letter or digit first",
);

/** Numbers of cases stand in records and logs: somebody's resident number must not get there as one. */
const caseNumber: Reader<string> = (value, path) => {
  const number = writtenNumber(value, path);
  if (isResidentNumber(number.normalize("NFKC").toUpperCase())) throw invalid(path, "must not be a person's number");
  return number;
};

const caseState = oneOf(["open", "closed"]);

export const readCase: Reader<Case> = members({
  number: caseNumber,
  organisation: creditCode,
  item: itemCode,
  state: caseState,
});

/** What a department says of a case of its own. */
export const readCaseRequest: Reader<Pick<Case, "item" | "state">> = members({ item: itemCode, state: caseState });
