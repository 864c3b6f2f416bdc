import type { ExchangeRecord } from "../exchange-record.ts";
import {
  acknowledgement,
  type Acknowledgement,
  answeredExchange,
  type AnsweredExchange,
  askedExchange,
  type AskedExchange,
  claimsOf,
} from "./peer-facts.ts";
import { ScanError, type ScannedExchange, type Side } from "./scanned-exchange.ts";

/** An exchange that was asked for at a peer: `theirs` and `issuer` as the peer's receipt names its exchange and itself. */
export type AskedPaper = {
  readonly exchange: AskedExchange;
  readonly time: string;
  readonly theirs: string | null;
  readonly issuer: string | null;
};

/** What a peer signed for an exchange here: `own` is its exchange, `client` its name here. */
export type Acknowledged = Acknowledgement & { readonly own: string | null; readonly client: string | null };

/** What one side has of its dealings with peers. `nameless`: erased exchanges that do not say which they are. */
export type PeerPapers = {
  readonly asked: readonly AskedPaper[];
  /** By the exchange here. */
  readonly acknowledged: ReadonlyMap<string, Acknowledged>;
  readonly nameless: number;
};

/** `other`: nothing was answered. */
export type FoundContent = AnsweredExchange | "erased" | "other";
export type FoundExchange = { readonly content: FoundContent; readonly time: string };
export type FoundExchanges = ReadonlyMap<string, FoundExchange>;

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** Goes through a side once, and keeps what concerns peers. Rejects with ScanError. */
export async function peerPapers(side: Side): Promise<PeerPapers> {
  const asked: AskedPaper[] = [];
  const acknowledged = new Map<string, Acknowledged>();
  let nameless = 0;
  for await (const scanned of side.scan()) {
    const { id, record, time } = scanned;
    if (id === null) nameless++;
    if (record === null) continue;
    const exchange = reading(side, scanned, () => askedExchange(record));
    if (exchange !== null) asked.push({ exchange, time, ...namesIn(exchange.receipt) });
    const paper = reading(side, scanned, () => acknowledgement(record));
    if (paper !== null && !acknowledged.has(paper.of)) acknowledged.set(paper.of, acknowledgedBy(record, paper));
  }
  return { asked, acknowledged, nameless };
}

function namesIn(receipt: string): Pick<AskedPaper, "theirs" | "issuer"> {
  const claims = claimsOf(receipt);
  return { theirs: textOf(claims?.["exchange"]), issuer: textOf(claims?.["iss"]) };
}

const acknowledgedBy = (record: ExchangeRecord, paper: Acknowledgement): Acknowledged => ({
  ...paper,
  own: textOf(claimsOf(paper.receipt)?.["exchange"]),
  client: textOf(record.client?.id),
});

/**
 * The exchanges of a side that the other side's papers name, and all that it answered to clients that were peers in any of them: learnt as
 * it goes, so that it may go through the side more than once. Rejects with ScanError.
 */
export async function findExchanges(side: Side, own: PeerPapers, others: PeerPapers): Promise<FoundExchanges> {
  const wanted = new Set<string>(own.acknowledged.keys());
  for (const { theirs } of others.asked) if (theirs !== null) wanted.add(theirs);
  for (const paper of others.acknowledged.values()) if (paper.own !== null) wanted.add(paper.own);
  const named = new Set(others.asked.map(({ theirs }) => theirs));
  const peers = new Set<string>();
  for (const { client } of own.acknowledged.values()) if (client !== null) peers.add(client);
  for (;;) {
    const before = peers.size;
    const found = new Map<string, FoundExchange>();
    for await (const scanned of side.scan()) {
      const { id, time } = scanned;
      if (id === null) continue;
      const content = contentOf(side, scanned);
      const isAnswer = typeof content === "object";
      if (isAnswer && named.has(id)) peers.add(content.client);
      if (wanted.has(id) || (isAnswer && peers.has(content.client))) found.set(id, { content, time });
    }
    if (peers.size === before) return found;
  }
}

function contentOf(side: Side, scanned: ScannedExchange): FoundContent {
  const { record } = scanned;
  return record === null ? "erased" : (reading(side, scanned, () => answeredExchange(record)) ?? "other");
}

/** Records out of a file may hold anything. */
function reading<Result>(side: Side, { id }: ScannedExchange, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof TypeError) throw new ScanError(`${side.name}: exchange ${id} is of a form that is not known`);
    throw error;
  }
}
