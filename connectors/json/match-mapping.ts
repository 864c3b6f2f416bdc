import { normalise } from "../compare.ts";
import { SettingsError } from "../settings.ts";
import { SourceError } from "../source-error.ts";
import type { ClaimResult, MatchAnswer, MatchQuestion, ResourceShape } from "../source.ts";
import { readSettings } from "../strict-settings.ts";
import {
  type AnswerFrame,
  FRAME_MEMBERS,
  type FrameCircumstances,
  readFrame,
  readFramed,
  type Response,
} from "./answer-frame.ts";
import type { Condition } from "./condition.ts";
import { type FieldMapping, readField, readFieldMapping, readFieldMappings } from "./field-mapping.ts";
import { scalarText, valueAt } from "./pointer.ts";
import type { Json } from "./strict-json.ts";

/** How an answer becomes results of claims. All pointers start at the whole answer. */
export type MatchMapping = {
  readonly frame: AnswerFrame;
  /** A claim that is not here has no data. */
  readonly claims: ReadonlyMap<string, FieldMapping>;
  readonly state: FieldMapping | null;
  /** Keys that the source repeats, so that it is seen whose record it compared. */
  readonly keys: ReadonlyMap<string, FieldMapping>;
};

const RESULTS = ["match", "mismatch", "no-data"] as const satisfies readonly ClaimResult[];
/** For claims without a map of their own; null is no data, for all of them. */
const FLAGS: ReadonlyMap<string, string> = new Map([
  ["true", "match"],
  ["false", "mismatch"],
] satisfies [string, ClaimResult][]);

/** Throws SettingsError. The words of claims are mapped to `match`, `mismatch` and `no-data`. */
export function readMatchMapping(
  value: unknown,
  place: string,
  resource: ResourceShape,
  success: Condition | null = null,
): MatchMapping {
  const reader = readSettings(value, place, ["claims", "state", "keys", ...FRAME_MEMBERS]);
  const claims = readFieldMappings(reader.raw("claims"), `${place}.claims`, Object.keys(resource.fields));
  for (const [name, { map }] of claims) {
    const wrong = [...(map?.values() ?? [])].find((word) => resultOf(word) === null);
    if (wrong !== undefined) throw new SettingsError(`${place}.claims.${name}.map must give ${RESULTS.join(", ")}`);
  }
  return {
    frame: readFrame(reader, success),
    claims,
    state: reader.has("state") ? readFieldMapping(reader.raw("state"), `${place}.state`) : null,
    keys: reader.has("keys")
      ? readFieldMappings(reader.raw("keys"), `${place}.keys`, [...new Set(resource.keys.flat())])
      : new Map(),
  };
}

const resultOf = (word: string): ClaimResult | null => RESULTS.find((result) => result === word) ?? null;

/** Throws SourceError; SOURCE_WRONG_RECORD when a key that is repeated is another. */
export function readMatchAnswer(
  mapping: MatchMapping,
  response: Response,
  question: MatchQuestion,
  around: FrameCircumstances & { readonly resource: ResourceShape },
): MatchAnswer {
  const framed = readFramed(mapping.frame, response, around);
  if (framed.kind === "not-found") return framed;
  const { answer, asOf, reference } = framed;
  checkKeys(mapping, answer, question, around.resource);
  const claims = Object.keys(question.claims).map((name) => [name, readClaim(name, mapping, answer)] as const);
  const { state } = question;
  return {
    kind: "found",
    claims: Object.fromEntries(claims),
    state: state === null || mapping.state === null ? null : readField(state, "code", mapping.state, answer),
    asOf,
    reference,
  };
}

function readClaim(name: string, { claims }: MatchMapping, answer: Json): ClaimResult {
  const mapping = claims.get(name);
  if (mapping === undefined) return "no-data";
  const word = scalarText(valueAt(answer, mapping.pointer) ?? null);
  if (word === null) return "no-data";
  const result = word === undefined ? undefined : (mapping.map ?? FLAGS).get(word);
  const known = result === undefined ? null : resultOf(result);
  if (known === null) {
    throw new SourceError("SOURCE_MALFORMED", `the claim ${name} has no result that is known`);
  }
  return known;
}

function checkKeys({ keys }: MatchMapping, answer: Json, question: MatchQuestion, { fields }: ResourceShape): void {
  for (const [name, asked] of Object.entries(question.keys)) {
    const mapping = keys.get(name);
    if (mapping === undefined) continue;
    const type = fields[name]?.type ?? "text";
    const held = readField(name, type, mapping, answer);
    if (held === null || normalise(type, held) !== normalise(type, asked)) {
      throw new SourceError("SOURCE_WRONG_RECORD", `the key ${name} is not the one asked for`);
    }
  }
}
