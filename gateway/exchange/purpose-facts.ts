import type { DataResource, GrantFacts, PurposeFacts } from "#policies/request.ts";
import type { Caller } from "#gateway/clients/caller.ts";
import type { Resource } from "#gateway/registry/entities.ts";
import { grantFor } from "#gateway/registry/grant-choice.ts";
import type { Registry } from "#gateway/registry/registry.ts";
import type { Purpose } from "./inquiry-request.ts";

/** What the registry says about the purpose that a request states. */
export type Standing = { readonly purpose: PurposeFacts; readonly grant: GrantFacts | null };

/** A peer has looked at its own department's case before it asks; it signs for that. */
const isPeer = ({ roles }: Caller): boolean => roles.includes("peer");

/** One list, so that decisions are found again by it. */
const NO_FIELDS: readonly string[] = [];

export async function standingOf(
  caller: Caller,
  resource: Resource,
  stated: Purpose,
  { registry, now }: { readonly registry: Registry; readonly now: number },
): Promise<Standing> {
  const item = registry.item(stated.itemCode);
  // Another organisation's grants and cases are none of the caller's business, whatever it states.
  const organisation = isPeer(caller) ? stated.organisation : (caller.organisation?.code ?? null);
  const organisationAgrees = organisation === stated.organisation;
  const isOurs = organisationAgrees && !isPeer(caller);
  const found = isOurs ? await registry.case(stated.organisation, stated.caseNumber) : null;
  return {
    purpose: {
      item: stated.itemCode,
      itemKnown: item !== null,
      itemFields: item?.uses[resource.id] ?? NO_FIELDS,
      case: isPeer(caller) ? "open" : found?.item === stated.itemCode ? found.state : "unknown",
      organisationAgrees,
      itemNameAgrees: item !== null && [item.zh, item.en, ...item.aliases].includes(stated.itemName),
      consent: stated.consent !== null,
    },
    grant: organisation === null ? null : grantFor(registry.grants(organisation, resource.id), stated.itemCode, now),
  };
}

const facts = new WeakMap<Resource, DataResource>();

/** The resource as policies see it: one object as long as the catalogue has not changed it. */
export function dataResourceOf(resource: Resource): DataResource {
  const known = facts.get(resource);
  if (known !== undefined) return known;
  const { id, sharing, classification, provider, fields } = resource;
  const made: DataResource = {
    id,
    sharing: sharing.kind,
    legalBasis: sharing.kind === "not-shared" ? sharing.legalBasis : null,
    classification,
    provider: provider.code,
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, { classification, type }]) => [name, { classification, type }]),
    ),
  };
  facts.set(resource, made);
  return made;
}
