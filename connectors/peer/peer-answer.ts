import type { Json } from "../json/strict-json.ts";
import { SourceError } from "../source-error.ts";
import type { ClaimResult, LookupAnswer, LookupQuestion, MatchAnswer, MatchQuestion } from "../source.ts";

/** How a peer says that it disclosed a field. */
const TOLD: ReadonlySet<string> = new Set(["give", "mask", "generalise"]);
const UNTOLD: ReadonlySet<string> = new Set(["match-only", "withhold"]);
/** A claim that the peer keeps to itself is one that nothing is known of. */
const RESULTS: ReadonlyMap<string, ClaimResult> = new Map([
  ["match", "match"],
  ["mismatch", "mismatch"],
  ["no-data", "no-data"],
  ["withheld", "no-data"],
]);

type Found<Answer> = Extract<Answer, { readonly kind: "found" }>;
type Told<Answer> =
  | Omit<Found<Answer>, "reference" | "receipt">
  | { readonly kind: "not-found"; readonly asOf: string };

/**
 * What a peer's answer to a lookup says. Values are passed on as the peer disclosed them: masked ones masked, untold ones null. A key
 * that the peer does not tell unmasked is the one we asked with; that the answer is about it, the peer has signed.
 */
export function readPeerLookup(answer: Json, question: LookupQuestion): Told<LookupAnswer> {
  const { body, asOf } = readCommon(answer, question);
  const outcome = textOf(body, "outcome");
  if (outcome === "NOT_FOUND") return { kind: "not-found", asOf };
  if (outcome !== "FOUND") throw malformed("outcome is unknown");
  const record = objectOf(body, "record");
  const treatments = objectOf(body, "treatments");
  const told = question.fields.map((field) => {
    const treatment = textOf(objectOf(treatments, field), "treatment");
    const isKey = Object.hasOwn(question.keys, field);
    return [
      field,
      isKey && treatment !== "give" ? (question.keys[field] ?? null) : valueOf(record, field, treatment),
    ] as const;
  });
  return { kind: "found", asOf, record: { ...question.keys, ...Object.fromEntries(told) } };
}

/** What a peer's answer to a match says. `states`: our value of the state field by the peer's state. */
export function readPeerMatch(
  answer: Json,
  question: MatchQuestion,
  states: ReadonlyMap<string, string>,
): Told<MatchAnswer> {
  const { body, asOf } = readCommon(answer, question);
  const outcome = textOf(body, "outcome");
  if (outcome === "NOT_FOUND") return { kind: "not-found", asOf };
  if (!["MATCHED", "MISMATCHED", "INCOMPLETE"].includes(outcome)) throw malformed("outcome is unknown");
  const results = objectOf(body, "claims");
  const claims = Object.keys(question.claims).map((name) => {
    const result = RESULTS.get(textOf(results, name));
    if (result === undefined) throw malformed(`claims.${name} is unknown`);
    return [name, result] as const;
  });
  const state = question.state === null ? null : stateOf(body, states);
  return { kind: "found", asOf, claims: Object.fromEntries(claims), state };
}

function readCommon(answer: Json, question: LookupQuestion | MatchQuestion) {
  if (!(answer instanceof Map)) throw malformed("no object");
  const body: ReadonlyMap<string, Json> = answer;
  if (textOf(body, "resource") !== question.resource || textOf(body, "region") !== question.region) {
    throw malformed("about another resource or region");
  }
  return { body, asOf: textOf(objectOf(body, "source"), "asOf") };
}

function valueOf(record: ReadonlyMap<string, Json>, field: string, treatment: string): string | null {
  if (UNTOLD.has(treatment)) return null;
  if (!TOLD.has(treatment)) throw malformed(`treatments.${field} is unknown`);
  const value = record.get(field);
  if (value === null || typeof value === "string") return value;
  throw malformed(`record.${field} is no text`);
}

function stateOf(body: ReadonlyMap<string, Json>, states: ReadonlyMap<string, string>): string | null {
  if (body.get("state") === null) return null;
  const value = states.get(textOf(objectOf(body, "state"), "code"));
  if (value === undefined) throw malformed("state is unknown");
  return value;
}

function textOf(object: ReadonlyMap<string, Json>, name: string): string {
  const value = object.get(name);
  if (typeof value !== "string") throw malformed(`${name} is no text`);
  return value;
}

function objectOf(object: ReadonlyMap<string, Json>, name: string): ReadonlyMap<string, Json> {
  const value = object.get(name);
  if (!(value instanceof Map)) throw malformed(`${name} is no object`);
  return value;
}

const malformed = (why: string): SourceError => new SourceError("SOURCE_MALFORMED", `the peer's answer: ${why}`);
