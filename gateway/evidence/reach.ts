import type { Caller } from "#gateway/clients/caller.ts";
import { Fault } from "#gateway/fault.ts";
import type { ExchangeFilter, Owner } from "#gateway/log/index/exchange-index.ts";

/** Whether a caller may read what this one did. Throws Fault POLICY_UNAVAILABLE. */
export type MayRead = (caller: Caller, owner: Owner | null) => boolean;

/** Whose exchanges a caller may look through: all there are where both are null. */
export type Reach = Pick<ExchangeFilter, "client" | "organisation">;

/** No client is called so: what anybody may read who may read this is not his own. */
const SOMEBODY = "*";

/** As wide as the policies let it be. Throws Fault AUTHENTICATION_REQUIRED or DENIED when the caller has nothing to look through. */
export function reachOf(caller: Caller, mayRead: MayRead): Reach {
  const organisation = caller.organisation?.code ?? null;
  if (mayRead(caller, { client: SOMEBODY, organisation: null })) return { client: null, organisation: null };
  if (organisation !== null && mayRead(caller, { client: SOMEBODY, organisation }))
    return { client: null, organisation };
  if (mayRead(caller, { client: caller.id, organisation })) return { client: caller.id, organisation: null };
  throw new Fault(caller.authentication === "none" ? "AUTHENTICATION_REQUIRED" : "DENIED");
}

/**
 * Throws Fault DENIED, or what reachOf does, for who may not look through all there is. One's own exchanges are about persons whose numbers one was
 * shown masked or not at all: whether a number finds them would tell it.
 */
export function requireWholeReach(caller: Caller, mayRead: MayRead): void {
  const { client, organisation } = reachOf(caller, mayRead);
  if (client !== null || organisation !== null) throw new Fault("DENIED");
}

/** What is searched for, within reach; null when nothing can be both. */
export function within(filter: ExchangeFilter, reach: Reach): ExchangeFilter | null {
  const isBeyond = (name: keyof Reach): boolean =>
    reach[name] !== null && filter[name] !== null && filter[name] !== reach[name];
  if (isBeyond("client") || isBeyond("organisation")) return null;
  return { ...filter, client: reach.client ?? filter.client, organisation: reach.organisation ?? filter.organisation };
}

/** Asks the policies once about each client: within one answer they do not change. */
export function rememberedReading(caller: Caller, mayRead: MayRead): (owner: Owner | null) => boolean {
  const known = new Map<string, boolean>();
  return (owner) => {
    const name = JSON.stringify([owner?.client, owner?.organisation]);
    const isReadable = known.get(name) ?? mayRead(caller, owner);
    known.set(name, isReadable);
    return isReadable;
  };
}
