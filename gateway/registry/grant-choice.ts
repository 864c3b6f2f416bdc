import type { GrantFacts } from "#policies/request.ts";
import type { Grant } from "./entities.ts";

type GrantState = GrantFacts["state"];

/** The closer to being live, the more it says about why a request is denied. */
const NEARNESS: { readonly [State in GrantState]: number } = { live: 3, suspended: 2, "not-yet": 1, expired: 0 };

const terms = new WeakMap<Grant, { readonly from: number; readonly until: number }>();

/** Milliseconds. */
function termOf(grant: Grant): { readonly from: number; readonly until: number } {
  const known = terms.get(grant);
  if (known !== undefined) return known;
  const term = { from: Date.parse(grant.from), until: Date.parse(grant.until) };
  terms.set(grant, term);
  return term;
}

/** From the first moment of its term to just before the last. A grant past its term is expired, suspended or not. */
function stateOf(grant: Grant, now: number): GrantState {
  const { from, until } = termOf(grant);
  if (now >= until) return "expired";
  if (grant.suspended) return "suspended";
  return now < from ? "not-yet" : "live";
}

type Candidate = { readonly grant: Grant; readonly state: GrantState; readonly fits: boolean };

/** Negative when `a` goes before `b`. Of equals: more fields, a longer term, the first name. */
function compare(a: Candidate, b: Candidate): number {
  return (
    Number(b.state === "live") - Number(a.state === "live") ||
    Number(b.fits) - Number(a.fits) ||
    NEARNESS[b.state] - NEARNESS[a.state] ||
    b.grant.fields.length - a.grant.fields.length ||
    termOf(b.grant).until - termOf(a.grant).until ||
    (a.grant.id < b.grant.id ? -1 : 1)
  );
}

/**
 * Of an organisation's grants of one resource the one that a request for this item rests on at `now` (milliseconds): a live one that names
 * the item, else a live one, else the one that best says what is lacking; null without any.
 */
export function grantFor(grants: readonly Grant[], item: string, now: number): GrantFacts | null {
  let best: Candidate | null = null;
  for (const grant of grants) {
    const candidate = { grant, state: stateOf(grant, now), fits: grant.items.includes(item) };
    if (best === null || compare(candidate, best) < 0) best = candidate;
  }
  if (best === null) return null;
  const { id, fields, items, perDay } = best.grant;
  return { id, state: best.state, fields, items, perDay };
}
