import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { Decision } from "./decision.ts";
import { decide, type Explanation } from "./decide.ts";
import { PolicyError } from "./policy-error.ts";
import { buildPolicySet, digestOf, type PolicyFiles, type PolicySet, readPolicyFiles } from "./policy-set.ts";
import { recent } from "./recent.ts";
import type { AuthorizationRequest, DataResource } from "./request.ts";

/** The set that comes with the gateway. */
export const SHIPPED_SET = fileURLToPath(new URL("./set", import.meta.url));

/** `loadedAt` in milliseconds. `problem`: why the directory's present content is not the set in force; null when it is. */
export type PoliciesState = {
  readonly digest: string;
  readonly rules: number;
  readonly loadedAt: number;
  readonly problem: string | null;
};

/** What the directory holds now. `refused`: it cannot be used; `digest` is null when it could not even be read. */
export type FoundPolicies =
  | { readonly kind: "in-force" }
  | { readonly kind: "refused"; readonly digest: string | null; readonly problem: string }
  /** `putInForce` does nothing once something else was found. */
  | { readonly kind: "new"; readonly digest: string; readonly putInForce: () => void };

export type Policies = {
  /** Default deny; equal requests get equal decisions until the set changes. Throws PolicyError when the policies cannot be evaluated. */
  readonly authorize: (request: AuthorizationRequest) => Decision;
  /** The decision worked out anew, with the rules that made it. Throws PolicyError. */
  readonly explain: (request: AuthorizationRequest) => Explanation;
  /** Looks at the directory again; what it finds is not in force by that. */
  readonly look: () => FoundPolicies;
  /** Looks, and puts a new set in force. A set that cannot be used is a problem, and the last good one stays. */
  readonly refresh: () => { readonly changed: boolean; readonly problem: string | null };
  readonly state: PoliciesState;
};

/** A decision takes about 6 kB. */
const KEPT_DECISIONS = 4096;

/** A set in force, with the decisions that it made. Of two names one holds the set, the other the next one while it is checked. */
type InForce = { readonly set: PolicySet; readonly names: readonly [string, string]; readonly loadedAt: number };
type Refused = Extract<FoundPolicies, { readonly kind: "refused" }>;
type Found = Extract<FoundPolicies, { readonly kind: "new" }>;

/** `clock` in milliseconds. Throws PolicyError for a set that cannot be used. */
export function openPolicies(directory: string, clock: () => number = Date.now): Policies {
  const decisions = recent<Decision>(KEPT_DECISIONS);
  const load = (files: PolicyFiles, [name, other]: InForce["names"]): InForce => ({
    set: buildPolicySet(name, files),
    names: [name, other],
    loadedAt: clock(),
  });
  let inForce = load(readPolicyFiles(directory), [randomUUID(), randomUUID()]);
  let refused: Refused | null = null;

  /** Checked, and not in force yet. */
  let found: Found | null = null;

  function look(): FoundPolicies {
    try {
      return judge(readPolicyFiles(directory));
    } catch (error) {
      found = null;
      refused = { kind: "refused", digest: null, problem: problemOf(error) };
      return refused;
    }
  }

  function judge(files: PolicyFiles): FoundPolicies {
    const digest = digestOf(files);
    if (digest === refused?.digest) return refused;
    if (found !== null && digest === found.digest) return found;
    found = null;
    if (digest === inForce.set.digest) {
      refused = null;
      return { kind: "in-force" };
    }
    const [inUse, free] = inForce.names;
    try {
      // What was refused before stays the problem until the new set is in force.
      found = candidate(load(files, [free, inUse]));
      return found;
    } catch (error) {
      refused = { kind: "refused", digest, problem: problemOf(error) };
      return refused;
    }
  }

  function candidate(next: InForce): Found {
    const self: Found = {
      kind: "new",
      digest: next.set.digest,
      putInForce() {
        if (found !== self) return;
        found = null;
        refused = null;
        inForce = next;
        decisions.clear();
      },
    };
    return self;
  }

  return {
    authorize(request) {
      const key = keyOf(request);
      const kept = decisions.get(key);
      if (kept !== undefined) return kept;
      const { decision } = decide(inForce.set, request);
      decisions.set(key, frozen(decision));
      return decision;
    },
    explain: (request) => decide(inForce.set, request),
    look,
    refresh() {
      const seen = look();
      if (seen.kind === "new") seen.putInForce();
      return { changed: seen.kind === "new", problem: seen.kind === "refused" ? seen.problem : null };
    },
    get state() {
      const { set, loadedAt } = inForce;
      return { digest: set.digest, rules: set.rules.length, loadedAt, problem: refused?.problem ?? null };
    },
  };
}

const numbers = new WeakMap<DataResource | readonly string[], number>();
let counted = 0;

/** Every fact stands in the key, so that a decision cannot outlive one of them; what is long by its number, and frozen here. */
function keyOf(request: AuthorizationRequest): string {
  const { principal, resource, context } = request;
  const { purpose, grant } = context;
  return JSON.stringify({
    ...request,
    resource: resource === null ? null : numberOf(resource),
    principal: { ...principal, roles: numberOf(principal.roles) },
    context: {
      ...context,
      purpose: purpose === null ? null : { ...purpose, itemFields: numberOf(purpose.itemFields) },
      grant: grant === null ? null : { ...grant, fields: numberOf(grant.fields), items: numberOf(grant.items) },
    },
  });
}

function numberOf(facts: DataResource | readonly string[]): number {
  const known = numbers.get(facts);
  if (known !== undefined) return known;
  counted += 1;
  numbers.set(frozen(facts), counted);
  return counted;
}

const problemOf = (error: unknown): string =>
  error instanceof PolicyError ? error.message : "the policies cannot be checked";

/** One decision answers many requests: nobody may change it. */
function frozen<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const each of Object.values(value)) frozen(each);
  }
  return value;
}
