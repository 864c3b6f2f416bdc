import type { Caller } from "#gateway/clients/caller.ts";
import { Fault } from "#gateway/fault.ts";
import type { ExchangeLog } from "#gateway/log/exchange-log.ts";
import type { StoredExchange } from "#gateway/log/exchange-record.ts";
import type { Owner } from "#gateway/log/index/exchange-index.ts";
import { type Access, type Authorize, decideOn, hourInChina } from "./authorization.ts";

type Reading = {
  readonly access: Access;
  readonly authorize: Authorize;
  readonly clock: () => number;
};

/**
 * An exchange as the log keeps it, for whoever the policies let read it. Throws Fault EXCHANGE_UNKNOWN, for somebody else's exchange
 * too: that it exists is nobody's business; or LOG_UNAVAILABLE.
 */
export async function recordedExchange(
  id: string,
  caller: Caller,
  services: Reading & { readonly log: Pick<ExchangeLog, "get"> },
): Promise<StoredExchange> {
  const found = await services.log.get(id);
  if (found === null || !mayRead(caller, found.owner, services)) throw new Fault("EXCHANGE_UNKNOWN");
  const { index, time, record, subject, erased } = found;
  return { index, time, record, subject, erased };
}

/** Whether the policies let the caller read what this one did. Throws Fault POLICY_UNAVAILABLE. */
export function mayRead(caller: Caller, owner: Owner | null, { access, authorize, clock }: Reading): boolean {
  const context = { access, hour: hourInChina(clock()), owner };
  return decideOn({ caller, action: "read-exchange", context }, authorize).effect === "permit";
}
