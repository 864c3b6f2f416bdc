import type { StatementKey } from "#connectors/peer/statement.ts";
import { compareDirection } from "./compare-direction.ts";
import type { SignatureTally } from "./compare-exchange.ts";
import type { Direction } from "./differences.ts";
import { findExchanges, peerPapers } from "./peer-papers.ts";
import type { Side } from "./scanned-exchange.ts";

/** A gateway: `issuer` is its name in the receipts that it signs, `client` its name at the other one; null when they are to be found out. */
export type ReconciledSide = { readonly side: Side; readonly issuer: string | null; readonly client: string | null };

export type Reconciliation = {
  readonly directions: readonly [Direction, Direction];
  /** Of receipts and counter-receipts; `unchecked` for want of a key. */
  readonly signatures: Readonly<SignatureTally>;
  /** Erased exchanges that do not say which they are: what seems to be missing may be one of them. */
  readonly nameless: number;
};

/** Holds what two gateways have of each other side by side. Memory grows with their dealings with peers only. Rejects with ScanError. */
export async function reconcile(
  a: ReconciledSide,
  b: ReconciledSide,
  keys: readonly StatementKey[],
): Promise<Reconciliation> {
  const papersOfA = await peerPapers(a.side);
  const papersOfB = await peerPapers(b.side);
  const factsOfA = { ...named(a), papers: papersOfA, found: await findExchanges(a.side, papersOfA, papersOfB) };
  const factsOfB = { ...named(b), papers: papersOfB, found: await findExchanges(b.side, papersOfB, papersOfA) };
  const signatures = { right: 0, unchecked: 0 };
  return {
    directions: [
      await compareDirection({ asking: factsOfA, answering: factsOfB }, keys, signatures),
      await compareDirection({ asking: factsOfB, answering: factsOfA }, keys, signatures),
    ],
    signatures,
    nameless: papersOfA.nameless + papersOfB.nameless,
  };
}

const named = ({ side, issuer, client }: ReconciledSide) => ({ name: side.name, issuer, client });
