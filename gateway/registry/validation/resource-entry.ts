import type { FieldType } from "#connectors/source.ts";
import type { Field, FieldClass, LicenceRegister, LicenceState, Resource, Sharing } from "../entities.ts";
import { invalid, listOf, members, nullable, oneOf, ownMembers, pathTo } from "./reader.ts";
import { type Reader, recordOf, setOf, words } from "./reader.ts";
import { creditCode, entryId, explanation, fieldName, issuerCode, regionCode, title, typeCode } from "./texts.ts";

const FIELD_TYPES = [
  "text",
  "name",
  "address",
  "date",
  "decimal",
  "region",
  "credit-code",
  "resident-number",
  "holder-code",
  "phone",
  "certificate-number",
  "account",
  "code",
  "flag",
] as const satisfies readonly FieldType[];

const FIELD_CLASSES = ["public", "general", "personal", "sensitive"] as const satisfies readonly FieldClass[];

/** What a field of this type is at least (GB/T 35273 annexes A and B): the class decides how it is masked. */
const LEAST_CLASS: Partial<Record<FieldType, FieldClass>> = {
  "resident-number": "sensitive",
  account: "sensitive",
  phone: "personal",
  "holder-code": "personal",
};

const fieldShape = members({ zh: title, en: title, type: oneOf(FIELD_TYPES), classification: oneOf(FIELD_CLASSES) });

const field: Reader<Field> = (value, path) => {
  const read = fieldShape(value, path);
  const least = LEAST_CLASS[read.type] ?? "public";
  if (FIELD_CLASSES.indexOf(read.classification) < FIELD_CLASSES.indexOf(least))
    throw invalid(pathTo(path, "classification"), `must be at least ${least} for a field of type ${read.type}`);
  return read;
};

/** A law, regulation or decision stands in book title marks (条例 art. 15: the refusal has to name it). */
const legalBasis: Reader<string> = (value, path) => {
  const basis = explanation(value, path);
  if (!/《[^《》]+》/u.test(basis)) throw invalid(path, "must name the law, regulation or decision, in 《》");
  return basis;
};

const SHARING: { readonly [Kind in Sharing["kind"]]: Reader<Sharing> } = {
  unconditional: members({ kind: oneOf(["unconditional"]) }),
  conditional: members({ kind: oneOf(["conditional"]), conditions: explanation }),
  "not-shared": members({ kind: oneOf(["not-shared"]), legalBasis }),
};
const sharingKind = oneOf(["unconditional", "conditional", "not-shared"]);

const sharing: Reader<Sharing> = (value, path) =>
  SHARING[sharingKind(ownMembers(value, path).get("kind"), pathTo(path, "kind"))](value, path);

const LICENCE_STATES = [
  "in-force",
  "suspended",
  "revoked",
  "cancelled",
  "expired",
  "superseded",
] as const satisfies readonly LicenceState[];

const licenceRegister: Reader<LicenceRegister> = members({
  typeCodes: setOf(typeCode, { min: 1, max: 100 }),
  number: fieldName,
  state: fieldName,
  holderName: fieldName,
  holderCode: fieldName,
  states: recordOf(words(32), oneOf(LICENCE_STATES), { min: 1, max: 100 }),
  issuers: setOf(issuerCode, { min: 0, max: 10_000 }),
});

const keySet = setOf(fieldName, { min: 1, max: 8 });

const shape = members({
  id: entryId,
  zh: title,
  en: title,
  provider: members({ code: creditCode, name: title }),
  sharing,
  classification: oneOf(["general", "important", "core"]),
  updateFrequency: oneOf(["real-time", "daily", "weekly", "monthly", "yearly", "irregular"]),
  fields: recordOf(fieldName, field, { min: 1, max: 500 }),
  keys: listOf(keySet, { min: 1, max: 20 }, (set) => [...set].sort().join(" ")),
  sources: recordOf(regionCode, entryId, { min: 0, max: 5000 }),
  licence: nullable(licenceRegister),
});

/** Whether its sources are there is not known here: see references.ts. */
export const readResource: Reader<Resource> = (value, path) => {
  const resource = shape(value, path);
  for (const [index, set] of resource.keys.entries()) {
    for (const name of set) requireField(resource.fields, name, pathTo(pathTo(path, "keys"), String(index)));
  }
  if (resource.licence !== null) checkRegister(resource, resource.licence, pathTo(path, "licence"));
  return resource;
};

function requireField(fields: Resource["fields"], name: string, path: string): void {
  if (!Object.hasOwn(fields, name)) throw invalid(path, "names a field that the resource does not have");
}

/** A register is asked with what a licence shows: its number and its holder. */
function checkRegister(
  { fields, keys }: Pick<Resource, "fields" | "keys">,
  register: LicenceRegister,
  path: string,
): void {
  for (const member of ["number", "state", "holderName", "holderCode"] as const)
    requireField(fields, register[member], pathTo(path, member));
  const shown = [register.number, register.holderName, register.holderCode];
  const canAsk = keys.some((set) => set.includes(register.number) && set.every((name) => shown.includes(name)));
  if (!canAsk) throw invalid(pathTo(path, "number"), "must be a key, alone or with the holder's name and code");
}
