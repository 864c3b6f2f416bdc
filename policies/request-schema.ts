import { ACTIONS } from "./request.ts";

/** All members are needed and no other is allowed. */
const record = (properties: Readonly<Record<string, object>>): object => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const orNull = (schema: object): object => ({ anyOf: [schema, { type: "null" }] });
const oneOf = (...texts: string[]): object => ({ enum: texts });

const text = { type: "string", minLength: 1, maxLength: 200 };
const texts = { type: "array", items: text, maxItems: 1000 };
const flag = { type: "boolean" };

const principal = record({
  client: text,
  organisation: orNull(text),
  region: orNull(text),
  roles: texts,
  authentication: oneOf("none", "token", "certificate", "hmac", "hmac-bare"),
  address: oneOf("loopback", "remote", "proxied"),
});

const field = record({ classification: oneOf("public", "general", "personal", "sensitive"), type: text });

/** JSON Schema of a DataResource. */
export const RESOURCE_SCHEMA = record({
  id: text,
  sharing: oneOf("unconditional", "conditional", "not-shared"),
  legalBasis: orNull(text),
  classification: oneOf("general", "important", "core"),
  provider: text,
  fields: { type: "object", additionalProperties: field, maxProperties: 1000 },
});

const purpose = record({
  item: text,
  itemKnown: flag,
  itemFields: texts,
  case: oneOf("open", "closed", "unknown"),
  organisationAgrees: flag,
  itemNameAgrees: flag,
  consent: flag,
});

const grant = record({
  id: text,
  state: oneOf("live", "expired", "not-yet", "suspended"),
  fields: texts,
  items: texts,
  perDay: orNull({ type: "integer", minimum: 0 }),
});

const context = record({
  access: oneOf("loopback", "open"),
  purpose: orNull(purpose),
  grant: orNull(grant),
  approved: flag,
  hour: { type: "integer", minimum: 0, maximum: 23 },
  owner: orNull(record({ client: text, organisation: orNull(text) })),
});

/** JSON Schema of an AuthorizationRequest, in which the resource may also be the name of a file that describes it. */
export const REQUEST_SCHEMA = record({
  principal,
  action: oneOf(...ACTIONS),
  resource: { anyOf: [RESOURCE_SCHEMA, text, { type: "null" }] },
  context,
});

const names = { type: "object", additionalProperties: text };
const duties = {
  type: "object",
  properties: {
    quota: orNull(record({ grant: text, perDay: { type: "integer" } })),
    watermark: flag,
    notify: texts,
    secondApprover: flag,
  },
  additionalProperties: false,
};

/** JSON Schema of a case's file. */
export const CASE_SCHEMA = {
  type: "object",
  properties: {
    comment: text,
    request: REQUEST_SCHEMA,
    expect: { type: "object", properties: { reasons: texts, fields: names, duties }, additionalProperties: false },
  },
  required: ["comment", "request", "expect"],
  additionalProperties: false,
};
