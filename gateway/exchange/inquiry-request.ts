import type { AuditElements, CallOptions, FieldType, ResourceShape } from "#connectors/source.ts";
import type { Caller } from "#gateway/clients/caller.ts";
import { Fault } from "#gateway/fault.ts";
import type { AskedRequest } from "#gateway/log/log-entry.ts";
import type { Registry } from "#gateway/registry/registry.ts";
import type { Resource } from "#gateway/registry/entities.ts";

/** What a match or a lookup is for. `consent`: reference of the holder's consent. */
export type Purpose = AuditElements & { readonly consent: string | null };

type Asked = {
  readonly caller: Caller;
  readonly resource: string;
  readonly region: string;
  readonly keys: Readonly<Record<string, string>>;
  readonly purpose: Purpose;
  /** Of a second official, by its identifier. */
  readonly approval: string | null;
  /** How sources are to be called for it. */
  readonly calls: CallOptions;
};
/** With the request as it came in, for the log. */
export type AsAsked<Request> = Request & { readonly asked: AskedRequest };
export type LookupRequest = Asked & { readonly fields: readonly string[] };
export type MatchRequest = Asked & { readonly claims: Readonly<Record<string, string>> };

/** Whether a text is what its type says, check digits included. */
export type IsWellFormed = (type: FieldType, text: string) => boolean;

/** The resource by its name in the catalogue. Throws Fault RESOURCE_UNKNOWN. */
export function resourceOf(id: string, registry: Pick<Registry, "resource">): Resource {
  const resource = registry.resource(id);
  if (resource === null) throw new Fault("RESOURCE_UNKNOWN");
  return resource;
}

/** Throws Fault KEYS_INVALID unless the keys are exactly one of the resource's key sets, each well-formed. */
export function checkKeys(
  keys: Readonly<Record<string, string>>,
  resource: ResourceShape,
  isWellFormed: IsWellFormed,
): void {
  const names = Object.keys(keys);
  if (!resource.keys.some((set) => set.length === names.length && set.every((name) => Object.hasOwn(keys, name)))) {
    const sets = resource.keys.map((set) => set.join("+")).join(", ");
    throw new Fault("KEYS_INVALID", `keys: one record is named by ${sets}`);
  }
  for (const name of names) checkText(`keys/${name}`, name, keys[name] ?? "", resource, isWellFormed);
}

/** Throws Fault FIELDS_INVALID for a field that the resource does not have, or one named twice. */
export function checkFields(fields: readonly string[], resource: ResourceShape): void {
  const unknown = fields.findIndex((name) => !Object.hasOwn(resource.fields, name));
  if (unknown >= 0) throw new Fault("FIELDS_INVALID", `fields/${unknown}: the resource has no such field`);
  const again = fields.findIndex((name, index) => fields.indexOf(name) !== index);
  if (again >= 0) throw new Fault("FIELDS_INVALID", `fields/${again}: named twice`);
}

/** Throws Fault FIELDS_INVALID for a claim about no field of the resource, KEYS_INVALID for one that is not well-formed. */
export function checkClaims(
  claims: Readonly<Record<string, string>>,
  resource: ResourceShape,
  isWellFormed: IsWellFormed,
): void {
  const names = Object.keys(claims);
  if (names.some((name) => !Object.hasOwn(resource.fields, name))) {
    throw new Fault("FIELDS_INVALID", "claims: the resource has no such field");
  }
  for (const name of names) checkText(`claims/${name}`, name, claims[name] ?? "", resource, isWellFormed);
}

function checkText(
  place: string,
  name: string,
  text: string,
  { fields }: ResourceShape,
  isWellFormed: IsWellFormed,
): void {
  const type = fields[name]?.type;
  if (type === undefined || !isWellFormed(type, text)) {
    throw new Fault("KEYS_INVALID", `${place}: not a well-formed ${type ?? "value"}`);
  }
}
