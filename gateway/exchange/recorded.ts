import type { Caller } from "#gateway/clients/caller.ts";
import { Fault } from "#gateway/fault.ts";
import type { ExchangeLog } from "#gateway/log/exchange-log.ts";
import type { ExchangeRecord } from "#gateway/log/exchange-record.ts";
import { type Access, type Authorize, decideOn, hourInChina } from "./authorization.ts";

type Services = {
  readonly access: Access;
  readonly authorize: Authorize;
  readonly log: Pick<ExchangeLog, "get">;
  readonly clock: () => number;
};

/**
 * The record of an exchange, for whoever the policies let read it. Throws Fault EXCHANGE_UNKNOWN, for somebody else's exchange
 * too: that it exists is nobody's business; or LOG_UNAVAILABLE.
 */
export async function recordedExchange(id: string, caller: Caller, services: Services): Promise<ExchangeRecord> {
  const record = await services.log.get(id);
  if (record === null) throw new Fault("EXCHANGE_UNKNOWN");
  const { access, authorize, clock } = services;
  const owner = { client: record.client.id, organisation: record.client.organisation };
  const context = { access, hour: hourInChina(clock()), owner };
  const decision = decideOn({ caller, action: "read-exchange", context }, authorize);
  if (decision.effect !== "permit") throw new Fault("EXCHANGE_UNKNOWN");
  return record;
}
