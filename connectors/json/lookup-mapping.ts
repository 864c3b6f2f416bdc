import { SettingsError } from "../settings.ts";
import { SourceError } from "../source-error.ts";
import type { LookupAnswer, LookupQuestion, ResourceShape } from "../source.ts";
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
import { type FieldMapping, readField, readFieldMappings } from "./field-mapping.ts";
import { type Pointer, pointerOf, valueAt } from "./pointer.ts";
import type { Json } from "./strict-json.ts";

/** How an answer becomes a record. At `record` stands an object, or a list: none of it is not found, several are ambiguous. */
export type LookupMapping = {
  readonly frame: AnswerFrame;
  readonly record: Pointer;
  /** Pointers within the record. A field that is not here is answered as null. */
  readonly fields: ReadonlyMap<string, FieldMapping>;
};

/** Throws SettingsError, also when a key is not mapped: without it nobody sees whose record it is. */
export function readLookupMapping(
  value: unknown,
  place: string,
  resource: ResourceShape,
  success: Condition | null = null,
): LookupMapping {
  const reader = readSettings(value, place, ["record", "fields", ...FRAME_MEMBERS]);
  const fields = readFieldMappings(reader.raw("fields"), `${place}.fields`, Object.keys(resource.fields));
  const missing = resource.keys.flat().find((key) => !fields.has(key));
  if (missing !== undefined) throw new SettingsError(`${place}.fields must map the key ${missing}`);
  return {
    frame: readFrame(reader, success),
    record: reader.has("record") ? pointerOf(reader.raw("record"), `${place}.record`) : [],
    fields,
  };
}

/** The asked fields and the keys, nothing else. Throws SourceError. */
export function readLookupAnswer(
  mapping: LookupMapping,
  response: Response,
  question: LookupQuestion,
  around: FrameCircumstances & { readonly resource: ResourceShape },
): LookupAnswer {
  const framed = readFramed(mapping.frame, response, around);
  if (framed.kind === "not-found") return framed;
  const { answer, asOf, reference } = framed;
  const record = recordAt(mapping.record, answer);
  if (record === null) return { kind: "not-found", asOf, reference };
  const names = new Set([...Object.keys(question.keys), ...question.fields]);
  const values = [...names].map((name) => [name, valueOf(name, mapping, record, around.resource)] as const);
  return { kind: "found", record: Object.fromEntries(values), asOf, reference };
}

function valueOf(name: string, { fields }: LookupMapping, record: Json, resource: ResourceShape): string | null {
  const field = fields.get(name);
  return field === undefined ? null : readField(name, resource.fields[name]?.type ?? "text", field, record);
}

/** Null for an empty list. */
function recordAt(pointer: Pointer, answer: Json): Json | null {
  const value = valueAt(answer, pointer);
  const record = Array.isArray(value) ? onlyOf(value) : value;
  if (record === null && Array.isArray(value)) return null;
  if (record instanceof Map) return record;
  throw new SourceError("SOURCE_MALFORMED", "there is no record where the settings say");
}

function onlyOf(records: readonly Json[]): Json | null {
  const [record = null, ...others] = records;
  if (others.length > 0) throw new SourceError("KEYS_AMBIGUOUS", `the source answered with ${records.length} records`);
  return record;
}
