import type { StatementKey } from "#connectors/peer/statement.ts";
import type { DifferenceCode } from "./differences.ts";
import { claimsOf, differencesOf, digestOf, signatureOf } from "./peer-facts.ts";
import type { Acknowledged, AskedPaper, FoundContent } from "./peer-papers.ts";

/** One exchange as both sides have it; null where a side has nothing. */
export type ExchangePair = {
  readonly asked: AskedPaper;
  readonly answered: FoundContent | null;
  readonly acknowledged: Acknowledged | null;
};

/** Signatures that were met. */
export type SignatureTally = { right: number; unchecked: number };
type Found = { readonly code: DifferenceCode; readonly detail: string };

const found = (code: DifferenceCode, detail = ""): Found => ({ code, detail });

/** In what the two sides differ; null when they agree. Adds the signatures to `tally`. */
export async function compareExchange(
  { asked, answered, acknowledged }: ExchangePair,
  keys: readonly StatementKey[],
  tally: SignatureTally,
): Promise<Found | null> {
  const { exchange, theirs } = asked;
  if (theirs === null) return found("RECEIPT_MALFORMED");
  const receipt = await signatureOf(exchange.receipt, "receipt", keys);
  if (receipt === "wrong") return found("RECEIPT_FORGED");
  tally[receipt]++;
  if (answered === null) return found("NOT_ANSWERED", receipt === "right" ? "" : "signature not checked");
  if (acknowledged !== null) {
    const signature = await signatureOf(acknowledged.receipt, "counterReceipt", keys);
    if (signature === "wrong") return found("COUNTER_RECEIPT_FORGED");
    tally[signature]++;
    const claims = claimsOf(acknowledged.receipt);
    if (claims?.["receipt"] !== digestOf(exchange.receipt)) return found("OTHER_RECEIPT");
    if (claims["exchange"] !== exchange.id || claims["of"] !== theirs) return found("OTHER_EXCHANGE");
  }
  return compareFacts(asked, answered);
}

function compareFacts({ exchange }: AskedPaper, answered: FoundContent): Found | null {
  if (answered === "erased") return null;
  if (answered === "other") return found("OTHER_FACTS", "the answering side answered nothing");
  if (exchange.facts === null) return found("OTHER_FACTS", "the asking side asked nothing");
  const differing = differencesOf(exchange.facts, answered.facts);
  return differing.length === 0 ? null : found("OTHER_FACTS", differing.join(", "));
}
