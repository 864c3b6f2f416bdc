import { normalise } from "./compare.ts";
import { readMoment } from "./moment.ts";
import { SourceError } from "./source-error.ts";
import type {
  ClaimResult,
  LookupAnswer,
  LookupQuestion,
  MatchAnswer,
  MatchQuestion,
  Provenance,
  ResourceShape,
  SourceRecord,
} from "./source.ts";

/** `now` in milliseconds since the epoch; `maxBytes` bounds all texts of an answer together. */
export type AnswerBounds = { readonly resource: ResourceShape; readonly now: number; readonly maxBytes: number };

/** How far ahead of ours a source's clock may be (ms). */
const CLOCK_SKEW = 300_000;
const REFERENCE = /^[\p{L}\p{N}\p{P}\p{S} ]{1,128}$/u;
const CLAIM_RESULTS: readonly string[] = ["match", "mismatch", "no-data"] satisfies ClaimResult[];

/**
 * A source's answer as far as it was asked for: the asked fields and the keys, nothing else. Throws SourceError
 * SOURCE_WRONG_RECORD when a key is not the one asked for, SOURCE_MALFORMED, SOURCE_TOO_LARGE.
 */
export function fittingLookup(question: LookupQuestion, answer: LookupAnswer, bounds: AnswerBounds): LookupAnswer {
  const provenance = checkedProvenance(answer, bounds);
  if (answer.kind === "not-found") return { ...provenance, kind: "not-found" };
  if (answer.kind !== "found") throw malformed("the answer has no known kind");
  const record = checkedRecord(question, answer.record, bounds.maxBytes);
  for (const [name, asked] of Object.entries(question.keys)) {
    checkBinding(name, asked, record[name] ?? null, bounds.resource);
  }
  return { ...provenance, kind: "found", record };
}

/** The same for a comparison that the source itself made: one result for each claim. */
export function fittingMatch(question: MatchQuestion, answer: MatchAnswer, bounds: AnswerBounds): MatchAnswer {
  const provenance = checkedProvenance(answer, bounds);
  if (answer.kind === "not-found") return { ...provenance, kind: "not-found" };
  if (answer.kind !== "found") throw malformed("the answer has no known kind");
  const claims = Object.keys(question.claims).map((name) => [name, resultOf(answer.claims, name)] as const);
  const state = question.state === null ? null : answer.state;
  if (state !== null && typeof state !== "string") throw malformed("the state is not a text");
  checkSize([state], bounds.maxBytes);
  return { ...provenance, kind: "found", claims: Object.fromEntries(claims), state };
}

function checkedProvenance(answer: Provenance, { now, maxBytes }: AnswerBounds): Provenance {
  const { asOf, reference, receipt } = answer;
  const moment = typeof asOf === "string" ? readMoment(asOf) : null;
  if (moment === null) throw malformed("asOf is not a time");
  if (moment > now + CLOCK_SKEW) throw malformed("asOf lies in the future");
  if (typeof reference !== "string" || !REFERENCE.test(reference)) throw malformed("the reference is not a short text");
  if (receipt === undefined) return { asOf, reference };
  if (typeof receipt !== "string") throw malformed("the receipt is not a text");
  checkSize([receipt], maxBytes);
  return { asOf, reference, receipt };
}

function checkedRecord({ keys, fields }: LookupQuestion, record: SourceRecord, maxBytes: number): SourceRecord {
  if (typeof record !== "object" || record === null) throw malformed("the record is missing");
  const kept: Record<string, string | null> = {};
  let size = 0;
  for (const names of [Object.keys(keys), fields])
    for (const name of names) {
      if (Object.hasOwn(kept, name)) continue;
      const value = valueOf(record, name);
      size += value?.length ?? 0;
      kept[name] = value;
    }
  if (size > maxBytes) throw tooLarge(maxBytes);
  return kept;
}

function valueOf(record: SourceRecord, name: string): string | null {
  if (!Object.hasOwn(record, name)) throw malformed(`the field ${name} is missing`);
  const value = record[name];
  if (value === null || typeof value === "string") return value;
  throw malformed(`the field ${name} is not a text`);
}

function checkBinding(name: string, asked: string, held: string | null, { fields }: ResourceShape): void {
  if (held === asked) return;
  const type = fields[name]?.type ?? "text";
  if (held === null || normalise(type, held) !== normalise(type, asked)) {
    throw new SourceError("SOURCE_WRONG_RECORD", `the key ${name} is not the one asked for`);
  }
}

function resultOf(claims: Readonly<Record<string, ClaimResult>>, name: string): ClaimResult {
  const result =
    typeof claims === "object" && claims !== null && Object.hasOwn(claims, name) ? claims[name] : undefined;
  if (result === undefined || !CLAIM_RESULTS.includes(result)) throw malformed(`the claim ${name} has no result`);
  return result;
}

function checkSize(values: readonly (string | null)[], maxBytes: number): void {
  const size = values.reduce((sum, value) => sum + (value?.length ?? 0), 0);
  if (size > maxBytes) throw tooLarge(maxBytes);
}

const tooLarge = (maxBytes: number): SourceError =>
  new SourceError("SOURCE_TOO_LARGE", `the answer's texts exceed ${maxBytes}`);

const malformed = (detail: string): SourceError => new SourceError("SOURCE_MALFORMED", detail);
