import { readLicenceDate } from "../licence/licence-date.ts";
import type { ValidationPolicy } from "../policy.ts";
import { type Check, failed, passed, type Unsure, unsure } from "../reasons.ts";
import {
  type HolderComparison,
  isMoment,
  NOT_ASKED_REASONS,
  type RegisterAnswer,
  type RegisterState,
} from "../register-answer.ts";
import type { LicenceReport } from "../report.ts";
import { REGISTER_CHECK_NAMES, type RegisterCheckName, type RegisterChecks } from "./catalogue.ts";
import { guarded } from "./run.ts";

/** What the register's checks look at. `at`: the time for which the document was verified, milliseconds. */
export type RegisterSubject = {
  readonly licence: LicenceReport | null;
  readonly answer: RegisterAnswer;
  readonly policy: ValidationPolicy;
  readonly at: number;
};

type Found = RegisterAnswer & { readonly outcome: "found" };
type SubjectOf<Answer> = Omit<RegisterSubject, "answer"> & { readonly answer: Answer };

export const DAY = 86_400_000;

/** Runs every check of a register's answer; one that throws is unsure. */
export function checkRegister(subject: RegisterSubject): RegisterChecks {
  const checks: { [Name in RegisterCheckName]?: Check } = {};
  for (const name of REGISTER_CHECK_NAMES) checks[name] = guarded(() => openQuestion(subject) ?? CHECKS[name](subject));
  return checks as RegisterChecks;
}

const CHECKS: { readonly [Name in RegisterCheckName]: (subject: RegisterSubject) => Check } = {
  "register-authority": checkEntitlement,
  "register-holder": (subject) => ofFound(subject, checkHolder),
  "register-state": (subject) => ofFound(subject, checkState),
};

/** What nothing proves must not be filled in from a register, whoever asked it (hostile-cases 91). */
function openQuestion({ licence }: RegisterSubject): Unsure | null {
  return licence?.proven === true ? null : unsure("REGISTER_NOT_ASKED", NOT_ASKED_REASONS.NOT_PROVEN.en);
}

function checkEntitlement({ answer }: RegisterSubject): Check {
  switch (answer.issuer) {
    case "entitled":
      return passed();
    case "not-entitled":
      return failed("ISSUER_NOT_ENTITLED", `not among the issuers of ${answer.resource}`);
    case "unknown":
      return unsure("ENTITLEMENT_UNKNOWN", `the issuers of ${answer.resource} are listed in another way`);
    case null:
      return unsure("REGISTER_NOT_ASKED", answer.code === null ? "" : NOT_ASKED_REASONS[answer.code].en);
  }
}

function ofFound(subject: RegisterSubject, check: (found: SubjectOf<Found>) => Check): Check {
  const { answer } = subject;
  switch (answer.outcome) {
    case "not-asked":
      return unsure("REGISTER_NOT_ASKED", NOT_ASKED_REASONS[answer.code].en);
    case "unanswered":
      return unsure("REGISTER_UNANSWERED", answer.code);
    case "not-found":
      // Absence proves nothing: a register lags behind what was issued since.
      return unsure("LICENCE_NOT_FOUND", `as of ${answer.asOf}`);
    case "found":
      return beyondItsTime({ ...subject, answer }) ?? check({ ...subject, answer });
  }
}

/** Data from before the licence was issued speak of another record; data from the future of none. */
function beyondItsTime({ licence, answer, at }: SubjectOf<Found>): Unsure | null {
  if (!isMoment(answer.asOf)) return unsure("REGISTER_STALE", "the answer bears no time");
  const asOf = Date.parse(answer.asOf);
  if (asOf > at + DAY) return unsure("REGISTER_STALE", `as of ${answer.asOf}, which has yet to come`);
  const issued = readLicenceDate(licence?.issuedOn ?? undefined);
  if (issued.kind !== "day" || asOf >= issued.start) return null;
  return unsure("REGISTER_STALE", `as of ${answer.asOf}, before the licence was issued`);
}

/** Another holder in the register (hostile-cases 91). The licence's number found the record, so one of name and code is enough. */
function checkHolder({ answer }: SubjectOf<Found>): Check {
  const { name, code } = answer.holder;
  const wrong = [...(name === "mismatch" ? ["name"] : []), ...(code === "mismatch" ? ["code"] : [])];
  if (wrong.length > 0) return failed("HOLDER_MISMATCH", wrong.join(", "));
  if (name !== "match" && code !== "match") return unsure("HOLDER_NOT_COMPARED", comparisonOf(answer.holder));
  return name === code ? passed() : passed({ code: "HOLDER_PARTLY_COMPARED", detail: comparisonOf(answer.holder) });
}

const comparisonOf = ({ name, code }: HolderComparison): string => `name: ${name}, code: ${code}`;

type Meaning = (subject: SubjectOf<Found>) => Check;

const STATES: { readonly [State in RegisterState]: Meaning } = {
  "in-force": checkAge,
  suspended: () => unsure("LICENCE_SUSPENDED", "state suspended"),
  revoked: () => failed("LICENCE_REVOKED", "state revoked"),
  cancelled: () => failed("LICENCE_CANCELLED", "state cancelled"),
  expired: () => failed("LICENCE_EXPIRED", "state expired in the register"),
  superseded: () => failed("LICENCE_SUPERSEDED", "state superseded"),
  unknown: () => unsure("STATE_UNKNOWN", "no state, or none that the catalogue knows"),
};

const checkState: Meaning = (subject) => STATES[subject.answer.state](subject);

/** Only good news grows old: what was revoked stays so (hostile-cases 89). */
function checkAge({ answer, policy, at }: SubjectOf<Found>): Check {
  const days = Math.floor((at - Date.parse(answer.asOf)) / DAY);
  return days <= policy.registerDays
    ? passed()
    : unsure("REGISTER_STALE", `as of ${answer.asOf}; ${policy.registerDays} days are allowed`);
}
