import { normalise } from "#connectors/compare.ts";
import type { FieldType, LookupAnswer, MatchAnswer } from "#connectors/source.ts";
import type { Resource } from "#gateway/registry/entities.ts";
import { personName } from "#gateway/log/person-name.ts";
import type { OpenInquiry } from "./inquiry-asking.ts";

/** Stands for the record that was asked about, however its keys were written. */
export function subjectName(resource: Pick<Resource, "id" | "fields">, keys: Readonly<Record<string, string>>): string {
  const parts = [resource.id];
  for (const name of Object.keys(keys).sort())
    parts.push(name, normalise(resource.fields[name]?.type ?? "text", keys[name] ?? ""));
  return JSON.stringify(parts);
}

const PERSONS: ReadonlySet<FieldType> = new Set(["resident-number", "credit-code", "holder-code"]);

/** Fields that name persons or bodies. */
const personFields = new WeakMap<Resource["fields"], readonly string[]>();

function personFieldsOf(fields: Resource["fields"]): readonly string[] {
  const known = personFields.get(fields);
  if (known !== undefined) return known;
  const names = Object.keys(fields).filter((name) => PERSONS.has(fields[name]?.type ?? "text"));
  personFields.set(fields, names);
  return names;
}

/** Whom the exchange is about: as the request names them, and as the source does where it was asked for that. */
export function personsOf({ resource, request }: OpenInquiry, answer: LookupAnswer | MatchAnswer | null): string[] {
  const claims = "claims" in request ? request.claims : {};
  const record = answer?.kind === "found" && "record" in answer ? answer.record : {};
  const persons = new Set<string>();
  for (const name of personFieldsOf(resource.fields))
    for (const texts of [request.keys, claims, record]) {
      const text = Object.hasOwn(texts, name) ? texts[name] : null;
      if (typeof text === "string" && text !== "") persons.add(personName(text));
    }
  return [...persons];
}
