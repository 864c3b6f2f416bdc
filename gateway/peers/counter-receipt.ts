import { keysOf } from "#gateway/clients/client-key.ts";
import { Fault } from "#gateway/fault.ts";
import type { ClientEntry } from "#gateway/registry/entities.ts";
import { millisecondsOf, STATEMENT_TYPES, verifyStatement } from "#connectors/peer/statement.ts";

export type CounterReceiptToCheck = {
  readonly receipt: string;
  readonly client: ClientEntry;
  /** The exchange here. */
  readonly exchange: string;
  /** What we issued for it; null when that is not known any more. */
  readonly issued: {
    /** Of our receipt, as in contentDigest. */
    readonly digest: string;
    /** The peer's own exchange, as it signed in its request. */
    readonly theirs: string;
  } | null;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
};

/** Milliseconds. They are sent again and again when we cannot be reached, so they may be old, but not from the future. */
const SKEW = 60_000;

/** Whether the peer signed that it has our receipt for this exchange. Throws Fault SIGNATURE_INVALID. */
export async function checkCounterReceipt(to: CounterReceiptToCheck): Promise<void> {
  const keys = keysOf(to.client);
  const claims = await verifyStatement(to.receipt, { type: STATEMENT_TYPES.counterReceipt, keys });
  if (claims === null) throw invalid("not signed with a registered key of this client");
  if (claims["iss"] !== to.client.id) throw invalid("iss is not the client");
  if (claims["of"] !== to.exchange) throw invalid("about another exchange");
  if (to.issued !== null && claims["receipt"] !== to.issued.digest) throw invalid("about another receipt");
  if (to.issued !== null && claims["exchange"] !== to.issued.theirs) throw invalid("about another exchange of theirs");
  const iat = millisecondsOf(claims["iat"]);
  if (iat === null || iat > to.clock() + SKEW) throw invalid("iat is missing or in the future");
}

const invalid = (why: string): Fault => new Fault("SIGNATURE_INVALID", `receipt: ${why}`);
