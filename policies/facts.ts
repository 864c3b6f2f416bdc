import type { CedarValueJson, Context, EntityJson, TypeAndId } from "@cedar-policy/cedar-wasm/nodejs";
import type { CedarQuestion } from "./cedar.ts";
import { PolicyError } from "./policy-error.ts";
import type { Action, AuthorizationRequest, DataResource, FieldFacts, GrantFacts, PurposeFacts } from "./request.ts";

type Attributes = Readonly<Record<string, CedarValueJson>>;
type Entity = EntityJson & { readonly uid: TypeAndId };

const uid = (type: string, id: string): TypeAndId => ({ type, id });
const ref = (type: string, id: string): CedarValueJson => ({ __entity: uid(type, id) });
const entity = (uid: TypeAndId, attrs: Attributes, parents: TypeAndId[] = []): Entity => ({ uid, attrs, parents });
/** What is null in a request is absent for a rule, which has to ask `has`. */
const optional = (name: string, value: CedarValueJson): Attributes => (value === null ? {} : { [name]: value });

/** What a rule may know of a request (see set/schema.cedarschema); null when the action lacks what it is about. */
export function questionOf(request: AuthorizationRequest): CedarQuestion | null {
  const { principal, action } = request;
  const object = objectOf(request);
  if (object === null) return null;
  return {
    principal: uid("Client", principal.client),
    action,
    resource: object.uid,
    context: contextOf(request),
    entities: [clientOf(request), object],
    checked: false,
  };
}

const FIELD_CLASSES: readonly FieldFacts["classification"][] = ["public", "general", "personal", "sensitive"];

/** The same of one of its fields, for a match or a lookup, after the question itself was asked. Throws PolicyError. */
export function fieldQuestion(question: CedarQuestion, name: string, facts: FieldFacts): CedarQuestion {
  const resource = uid("Field", `${question.resource.id}/${name}`);
  const { classification, type } = facts;
  if (!FIELD_CLASSES.includes(classification)) throw new PolicyError(`the class of field ${name} is none`);
  const of = ref("Resource", question.resource.id);
  const attributes = { of, name, classification: ref("FieldClass", classification), type };
  return {
    ...question,
    action: `${question.action}-field`,
    resource,
    entities: [...question.entities, entity(resource, attributes, [question.resource])],
    // Principal, resource and context are those of the question, and the schema has no more to say of a field.
    checked: true,
  };
}

function clientOf({ principal }: AuthorizationRequest): Entity {
  return entity(uid("Client", principal.client), {
    ...optional("organisation", principal.organisation),
    ...optional("region", principal.region),
    roles: [...principal.roles],
    authentication: ref("Authentication", principal.authentication),
    address: ref("Address", principal.address),
  });
}

/** What is acted on, by kind of action. */
const OBJECTS = {
  verify: "gateway",
  "read-catalogue": "gateway",
  approve: "gateway",
  administer: "gateway",
  "read-monitor": "gateway",
  "read-metrics": "gateway",
  "read-trail": "gateway",
  erase: "gateway",
  match: "resource",
  lookup: "resource",
  "read-exchange": "exchange",
  "register-case": "case",
  "read-scorecard": "scorecard",
} as const satisfies Record<Action, string>;

function objectOf({ action, resource, context }: AuthorizationRequest): Entity | null {
  if (!Object.hasOwn(OBJECTS, action)) return null;
  switch (OBJECTS[action]) {
    case "gateway":
      return entity(uid("Gateway", "gateway"), {});
    case "resource":
      return resource === null ? null : resourceOf(resource);
    case "exchange":
      return ownedBy("Exchange", context.owner);
    case "case":
      return ownedBy("Case", context.owner);
    case "scorecard":
      return ownedBy("Scorecard", context.owner);
  }
}

function resourceOf({ id, sharing, classification, provider }: DataResource): Entity {
  return entity(uid("Resource", id), {
    sharing: ref("Sharing", sharing),
    classification: ref("DataClass", classification),
    provider,
  });
}

function ownedBy(type: "Exchange" | "Case" | "Scorecard", owner: AuthorizationRequest["context"]["owner"]): Entity {
  const client = type === "Exchange" && owner !== null ? { client: ref("Client", owner.client) } : {};
  return entity(uid(type, "asked"), { ...client, ...optional("organisation", owner?.organisation ?? null) });
}

function contextOf({ action, context }: AuthorizationRequest): Context {
  const { access, hour, purpose, grant, approved } = context;
  const circumstances = { access: ref("Access", access), hour };
  if (OBJECTS[action] !== "resource") return circumstances;
  return {
    ...circumstances,
    ...(purpose !== null && { purpose: purposeOf(purpose) }),
    ...(grant !== null && { grant: grantOf(grant) }),
    approved,
  };
}

function purposeOf({ item, itemFields, case: state, ...rest }: PurposeFacts): CedarValueJson {
  const { itemKnown, organisationAgrees, itemNameAgrees, consent } = rest;
  return {
    item: ref("Item", item),
    itemFields: [...itemFields],
    case: ref("CaseState", state),
    itemKnown,
    organisationAgrees,
    itemNameAgrees,
    consent,
  };
}

function grantOf({ id, state, fields, items, perDay }: GrantFacts): CedarValueJson {
  return {
    id,
    state: ref("GrantState", state),
    fields: [...fields],
    items: items.map((item) => ref("Item", item)),
    ...optional("perDay", perDay),
  };
}
