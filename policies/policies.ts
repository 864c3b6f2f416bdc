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

export type Policies = {
  /** Default deny; equal requests get equal decisions until the set changes. Throws PolicyError when the policies cannot be evaluated. */
  readonly authorize: (request: AuthorizationRequest) => Decision;
  /** The decision worked out anew, with the rules that made it. Throws PolicyError. */
  readonly explain: (request: AuthorizationRequest) => Explanation;
  /** Looks at the directory again. A set that cannot be used is a problem, and the last good one stays. */
  readonly refresh: () => { readonly changed: boolean; readonly problem: string | null };
  readonly state: PoliciesState;
};

/** A decision takes about 6 kB. */
const KEPT_DECISIONS = 4096;

/** A set in force, with the decisions that it made. Of two names one holds the set, the other the next one while it is checked. */
type InForce = { readonly set: PolicySet; readonly names: readonly [string, string]; readonly loadedAt: number };
type Refused = { readonly digest: string | null; readonly problem: string };

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

  function takeChange(): boolean {
    const files = readPolicyFiles(directory);
    const digest = digestOf(files);
    if (digest === refused?.digest) return false;
    refused = null;
    if (digest === inForce.set.digest) return false;
    const [inUse, free] = inForce.names;
    try {
      inForce = load(files, [free, inUse]);
    } catch (error) {
      refused = { digest, problem: problemOf(error) };
      return false;
    }
    decisions.clear();
    return true;
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
    refresh() {
      let changed = false;
      try {
        changed = takeChange();
      } catch (error) {
        refused = { digest: null, problem: problemOf(error) };
      }
      return { changed, problem: refused?.problem ?? null };
    },
    get state() {
      const { set, loadedAt } = inForce;
      return { digest: set.digest, rules: set.rules.length, loadedAt, problem: refused?.problem ?? null };
    },
  };
}

const numbers = new WeakMap<DataResource, number>();
let counted = 0;

/** Every fact stands in the key, so that a decision cannot outlive one of them; a resource by its number, for it is long and frozen here. */
function keyOf(request: AuthorizationRequest): string {
  const { resource } = request;
  if (resource === null) return JSON.stringify(request);
  return `${numberOf(resource)} ${JSON.stringify({ ...request, resource: resource.id })}`;
}

function numberOf(resource: DataResource): number {
  const known = numbers.get(resource);
  if (known !== undefined) return known;
  counted += 1;
  numbers.set(frozen(resource), counted);
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
