import {
  type Context,
  type DetailedError,
  type Entities,
  type PolicyJson,
  policySetTextToParts,
  policyToJson,
  preparsePolicySet,
  preparseSchema,
  type Schema,
  schemaToJson,
  statefulIsAuthorized,
  type TypeAndId,
  validate,
} from "@cedar-policy/cedar-wasm/nodejs";
import { PolicyError, type PolicyPlace } from "./policy-error.ts";

/** One policy as it was written, and as Cedar understands it. */
export type ParsedPolicy = { readonly text: string; readonly json: PolicyJson };
export type PolicyTexts = Readonly<Record<string, string>>;

export type CedarQuestion = {
  readonly principal: TypeAndId;
  readonly action: string;
  readonly resource: TypeAndId;
  readonly context: Context;
  readonly entities: Entities;
  /** Whether these facts are known to fit the schema. Checking them takes as long as deciding. */
  readonly checked: boolean;
};
/** `determining`: names of the policies that made it so, in no order; none when nothing permits. */
export type CedarAnswer = { readonly effect: "permit" | "deny"; readonly determining: readonly string[] };

const first = (errors: readonly DetailedError[]): string => {
  const [error] = errors;
  return error === undefined ? "Cedar gives no reason" : [error.message, error.help ?? []].flat().join("; ");
};

/** The policies of one file, in its order. Throws PolicyError. */
export function parsePolicies(text: string, place: PolicyPlace): readonly ParsedPolicy[] {
  const parts = policySetTextToParts(text);
  if (parts.type === "failure") throw new PolicyError(first(parts.errors), place);
  if (parts.policy_templates.length > 0) throw new PolicyError("templates have no place in a policy set", place);
  return inOrder(text, parts.policies).map((policy) => {
    const parsed = policyToJson(policy);
    if (parsed.type === "failure") throw new PolicyError(first(parsed.errors), place);
    return { text: policy, json: parsed.json };
  });
}

/** Cedar sorts by the names that it gave (policy10 before policy2); the parts are slices of the text. */
const inOrder = (text: string, policies: readonly string[]): string[] =>
  policies.toSorted((a, b) => text.indexOf(a) - text.indexOf(b));

/** Throws PolicyError. */
export function checkSchema(schema: string, place: PolicyPlace): void {
  const parsed = schemaToJson(schema satisfies Schema);
  if (parsed.type === "failure") throw new PolicyError(first(parsed.errors), place);
}

/**
 * Strict validation against the schema. A warning refuses too: a rule that can never apply, or text that reads as something
 * else than it is, is a hole. Throws PolicyError.
 */
export function checkPolicies(schema: string, policies: PolicyTexts, placeOf: (name: string) => PolicyPlace): void {
  const checked = validate({ schema, policies: { staticPolicies: { ...policies } }, validationSettings: STRICT });
  if (checked.type === "failure") throw new PolicyError(first(checked.errors));
  const [problem] = [...checked.validationErrors, ...checked.validationWarnings];
  if (problem !== undefined) throw new PolicyError(first([problem.error]), placeOf(problem.policyId));
  if (checked.otherWarnings.length > 0) throw new PolicyError(first(checked.otherWarnings));
}

const STRICT = { mode: "strict" } as const;

/** Keeps schema and policies parsed under a name, in place of what had that name. They have been checked before. */
export function keepParsed(name: string, schema: string, policies: PolicyTexts): void {
  const kept = [preparseSchema(name, schema), preparsePolicySet(name, { staticPolicies: { ...policies } })];
  for (const answer of kept) if (answer.type === "failure") throw new PolicyError(first(answer.errors));
}

/** Asks what is kept under this name. Throws PolicyError for facts outside the schema, and when any policy cannot be evaluated. */
export function askCedar(name: string, { action, checked, ...question }: CedarQuestion): CedarAnswer {
  const answer = statefulIsAuthorized({
    ...question,
    action: { type: "Action", id: action },
    ...(!checked && { preparsedSchemaName: name }),
    preparsedPolicySetId: name,
    validateRequest: !checked,
  });
  if (answer.type === "failure") throw new PolicyError(first(answer.errors));
  const { decision, diagnostics } = answer.response;
  // Cedar leaves a policy out that fails; a `forbid` left out would permit.
  const [failed] = diagnostics.errors;
  if (failed !== undefined) throw new PolicyError(`rule ${failed.policyId} failed: ${failed.error.message}`);
  return { effect: decision === "allow" ? "permit" : "deny", determining: diagnostics.reason };
}
