import { Fault } from "#gateway/fault.ts";
import type { ExchangeLog } from "#gateway/log/exchange-log.ts";
import type { Client, ExchangeRecord } from "#gateway/log/exchange-record.ts";
import { type Access, decideOn, reasonsOf } from "./authorization.ts";

/** The record of an exchange, open to whoever may verify here. Throws Fault DENIED, EXCHANGE_UNKNOWN or LOG_UNAVAILABLE. */
export async function recordedExchange(
  id: string,
  client: Client,
  services: { readonly access: Access; readonly log: Pick<ExchangeLog, "get"> },
): Promise<ExchangeRecord> {
  const decision = decideOn(client, services.access);
  if (decision.effect !== "permit") throw new Fault("DENIED", reasonsOf(decision));
  const record = await services.log.get(id);
  if (record === null) throw new Fault("EXCHANGE_UNKNOWN");
  return record;
}
