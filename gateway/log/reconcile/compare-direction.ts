import type { StatementKey } from "#connectors/peer/statement.ts";
import { compareExchange, type SignatureTally } from "./compare-exchange.ts";
import type { Difference, Direction } from "./differences.ts";
import type { Acknowledged, AskedPaper, FoundExchange, FoundExchanges, PeerPapers } from "./peer-papers.ts";

/** All that is known of one side. `issuer`: its name in its receipts; `client`: its name at the other side; null when they are to be found out. */
export type SideFacts = {
  readonly name: string;
  readonly papers: PeerPapers;
  readonly found: FoundExchanges;
  readonly issuer: string | null;
  readonly client: string | null;
};

type Sides = { readonly asking: SideFacts; readonly answering: SideFacts };

/** Whatever one side asked the other for, held side by side. */
export async function compareDirection(
  sides: Sides,
  keys: readonly StatementKey[],
  tally: SignatureTally,
): Promise<Direction> {
  const { asking, answering } = sides;
  const issuers = issuersOf(sides);
  const [ours, elsewhere] = partition(asking.papers.asked, ({ theirs, issuer }) => {
    const isThere = theirs !== null && answering.found.has(theirs);
    return isThere || issuer === null || issuers.has(issuer);
  });
  const met = new Set<string>();
  const differences: Difference[] = [];
  let [agreeing, erased, unacknowledged] = [0, 0, 0];
  for (const asked of ours) {
    const { theirs, time } = asked;
    const answered = theirs === null ? null : (answering.found.get(theirs)?.content ?? null);
    const acknowledged = theirs === null ? null : (answering.papers.acknowledged.get(theirs) ?? null);
    const difference =
      theirs !== null && met.has(theirs)
        ? ({ code: "RECEIPT_TWICE", detail: "" } as const)
        : await compareExchange({ asked, answered, acknowledged }, keys, tally);
    if (theirs !== null) met.add(theirs);
    if (difference !== null) differences.push({ ...difference, asking: asked.exchange.id, answering: theirs, time });
    else
      [agreeing, erased, unacknowledged] = [
        agreeing + 1,
        erased + (answered === "erased" ? 1 : 0),
        unacknowledged + (acknowledged === null ? 1 : 0),
      ];
  }
  const left = unmatched(sides, met);
  const [onlyAsking, disagreeing] = partition(differences, ({ code }) => code === "NOT_ANSWERED");
  return {
    asking: asking.name,
    answering: answering.name,
    agreeing: agreeing + left.erased,
    erased: erased + left.erased,
    unacknowledged,
    onlyAsking,
    onlyAnswering: left.only,
    disagreeing,
    elsewhere: countBy(elsewhere, ({ issuer }) => issuer ?? ""),
  };
}

/** The answering gateway's names: as was said, else those in receipts whose exchanges it has, else the only one there is. */
function issuersOf({ asking, answering }: Sides): ReadonlySet<string> {
  if (answering.issuer !== null) return new Set([answering.issuer]);
  const named = asking.papers.asked.filter(({ issuer }) => issuer !== null);
  const met = named.filter(({ theirs }) => theirs !== null && answering.found.has(theirs));
  const of = (papers: readonly AskedPaper[]): Set<string> => new Set(papers.map(({ issuer }) => issuer ?? ""));
  return met.length === 0 && of(named).size === 1 ? of(named) : of(met);
}

/** The asking gateway's names at the answering one: as was said, else those to whom it answered what the asking side has, else the only one. */
function clientsOf({ asking, answering }: Sides, met: ReadonlySet<string>): ReadonlySet<string> {
  if (asking.client !== null) return new Set([asking.client]);
  const clients = new Set<string>();
  for (const id of met) {
    const content = answering.found.get(id)?.content;
    if (typeof content === "object") clients.add(content.client);
  }
  const all = [...answering.papers.acknowledged.values()];
  for (const { own, client } of all) if (own !== null && client !== null && asking.found.has(own)) clients.add(client);
  const only = new Set(all.map(({ client }) => client).filter((client) => client !== null));
  return clients.size === 0 && only.size === 1 ? only : clients;
}

/** What the answering side gave to the asking one, and no receipt there names. */
function unmatched(sides: Sides, met: ReadonlySet<string>): { readonly only: Difference[]; readonly erased: number } {
  const { asking, answering } = sides;
  const clients = clientsOf(sides, met);
  const only: Difference[] = [];
  let erased = 0;
  for (const [id, exchange] of answering.found) {
    const acknowledged = answering.papers.acknowledged.get(id) ?? null;
    const client = clientOf(exchange, acknowledged);
    if (met.has(id) || client === null || !clients.has(client)) continue;
    const own = acknowledged?.own ?? null;
    if (own !== null && asking.found.get(own)?.content === "erased") erased++;
    else only.push({ ...leftOver(acknowledged), answering: id, time: exchange.time, detail: "" });
  }
  return { only, erased };
}

const leftOver = (acknowledged: Acknowledged | null): Pick<Difference, "code" | "asking"> =>
  acknowledged === null ? { code: "NOT_RECEIVED", asking: null } : { code: "NOT_ASKED", asking: acknowledged.own };

/** To whom it was answered; null when that is not known. */
const clientOf = ({ content }: FoundExchange, acknowledged: Acknowledged | null): string | null =>
  typeof content === "object" ? content.client : (acknowledged?.client ?? null);

function partition<Each>(all: readonly Each[], isFirst: (each: Each) => boolean): [Each[], Each[]] {
  return [all.filter(isFirst), all.filter((each) => !isFirst(each))];
}

function countBy<Each>(all: readonly Each[], nameOf: (each: Each) => string): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const each of all) counts.set(nameOf(each), (counts.get(nameOf(each)) ?? 0) + 1);
  return Object.fromEntries(counts);
}
