import type { StatementSync } from "node:sqlite";
import { bytesIn, PERSON_BYTES } from "./entry-columns.ts";
import { firstSince } from "./find-entries.ts";
import type { IndexStore } from "./index-store.ts";

/** From which number on something is curious. `most`: entries that are looked at, the newest. */
export type CuriosityBounds = {
  /** Distinct records looked up under one case number. */
  readonly subjectsOfCase: number;
  /** Distinct clients that asked about one person. */
  readonly clientsOfPerson: number;
  /** Lookups of one client at night, 22 to 6 o'clock in China. */
  readonly nightLookups: number;
  /** Lookups of one client within one minute. */
  readonly lookupsInMinute: number;
  readonly most: number;
};

export type Curiosities = {
  readonly caseReuse: readonly {
    readonly client: string;
    readonly organisation: string | null;
    readonly case: string;
    readonly lookups: number;
    readonly subjects: number;
  }[];
  /** `person`: a shortened pseudonym, as a search takes it. */
  readonly manyAsking: readonly { readonly person: string; readonly clients: readonly string[] }[];
  readonly night: readonly { readonly client: string; readonly lookups: number }[];
  /** `minute`: its beginning, RFC 3339. */
  readonly bursts: readonly { readonly client: string; readonly lookups: number; readonly minute: string }[];
  /** From when on entries were looked at, milliseconds: later than asked for when there were more than `most`. */
  readonly since: number;
};

/** What is counted of an entry. Bytes as latin1 text. */
type Counted = {
  readonly entry: number;
  readonly time: number;
  readonly client: string;
  readonly organisation: string | null;
  readonly caseNumber: string;
  readonly subject: string;
  readonly persons: string;
  readonly isLookup: boolean;
};

/** Several different texts, or, as is most often so, the only one. */
type Distinct = string | Set<string>;

function joined(known: Distinct | undefined, text: string): Distinct {
  if (known === undefined || known === text) return text;
  return typeof known === "string" ? new Set([known, text]) : known.add(text);
}
const membersOf = (distinct: Distinct): string[] => (typeof distinct === "string" ? [distinct] : Array.from(distinct));
const sizeOf = (distinct: Distinct): number => (typeof distinct === "string" ? 1 : distinct.size);

type CaseUse = { readonly first: Counted; lookups: number; subjects: Distinct | undefined };
type Burst = { readonly client: string; readonly lookups: number; readonly minute: string };

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** Entries counted in one step: some milliseconds of work. */
const AT_ONCE = 512;
/** What is erased is about nobody any more. */
const NEXT = `SELECT e.entry, time, kind, client, organisation, case_number, subject, persons
  FROM entries e LEFT JOIN erasures x ON x.entry = e.entry
  WHERE e.entry >= ? AND e.entry < ? AND x.entry IS NULL AND kind IN ('lookup', 'match', 'verification') AND client IS NOT NULL`;
const FIRST = "SELECT time FROM entries WHERE entry >= ? ORDER BY entry LIMIT 1";

/** Counts what may be curious, in steps, so that other readings need not wait. */
export class CuriosityCount {
  readonly #bounds: CuriosityBounds;
  readonly #statement: StatementSync;
  readonly #since: number;
  readonly #end: number;
  #next: number;
  /** By client, then by case. */
  readonly #cases = new Map<string, Map<string, CaseUse>>();
  readonly #persons = new Map<string, Distinct>();
  readonly #nights = new Map<string, number>();
  /** Of each client, the minute in which it looked up last. */
  readonly #minutes = new Map<string, { minute: number; lookups: number }>();
  readonly #bursts: Burst[] = [];

  constructor(store: IndexStore, since: number, bounds: CuriosityBounds) {
    this.#bounds = bounds;
    this.#statement = store.statement(NEXT);
    this.#end = store.next;
    this.#next = Math.max(firstSince(store, since, store.next), store.next - bounds.most);
    const first = store.statement(FIRST).get(this.#next)?.["time"];
    this.#since = Math.max(since, Number(first ?? since));
  }

  /** False when all was counted. */
  step(): boolean {
    const until = Math.min(this.#next + AT_ONCE, this.#end);
    for (const row of this.#statement.iterate(this.#next, until)) this.#count(countedRow(row));
    this.#next = until;
    return until < this.#end;
  }

  result(): Curiosities {
    const { subjectsOfCase, clientsOfPerson, nightLookups } = this.#bounds;
    for (const [client, last] of this.#minutes) this.#noteBurst(client, last);
    const cases = [...this.#cases.values()].flatMap((uses) => Array.from(uses.values()));
    return {
      caseReuse: cases.filter(({ subjects = "" }) => sizeOf(subjects) >= subjectsOfCase).map(reuseOf),
      manyAsking: [...this.#persons]
        .filter(([, clients]) => sizeOf(clients) >= clientsOfPerson)
        .map(([person, clients]) => ({
          person: Buffer.from(person, "latin1").toString("base64url"),
          clients: membersOf(clients).sort(),
        })),
      night: [...this.#nights]
        .filter(([, lookups]) => lookups >= nightLookups)
        .map(([client, lookups]) => ({ client, lookups })),
      bursts: this.#bursts,
      since: this.#since,
    };
  }

  #count(entry: Counted): void {
    const { client, persons } = entry;
    for (let at = 0; at < persons.length; at += PERSON_BYTES) {
      const person = persons.slice(at, at + PERSON_BYTES);
      this.#persons.set(person, joined(this.#persons.get(person), client));
    }
    if (!entry.isLookup) return;
    if (entry.caseNumber !== "") this.#noteCase(entry);
    this.#noteTime(entry);
  }

  #noteCase(entry: Counted): void {
    const { client, caseNumber, subject } = entry;
    const uses = this.#cases.get(client) ?? new Map<string, CaseUse>();
    this.#cases.set(client, uses);
    const use = uses.get(caseNumber) ?? { first: entry, lookups: 0, subjects: undefined };
    use.lookups++;
    if (subject !== "") use.subjects = joined(use.subjects, subject);
    uses.set(caseNumber, use);
  }

  /** Entries come in the order of their time. */
  #noteTime({ time, client }: Counted): void {
    const hour = Math.floor(time / HOUR + 8) % 24;
    if (hour >= 22 || hour < 6) this.#nights.set(client, (this.#nights.get(client) ?? 0) + 1);
    const minute = time - (time % MINUTE);
    const last = this.#minutes.get(client);
    if (last?.minute === minute) {
      last.lookups++;
      return;
    }
    if (last !== undefined) this.#noteBurst(client, last);
    this.#minutes.set(client, { minute, lookups: 1 });
  }

  #noteBurst(client: string, { minute, lookups }: { readonly minute: number; readonly lookups: number }): void {
    if (lookups >= this.#bounds.lookupsInMinute)
      this.#bursts.push({ client, lookups, minute: new Date(minute).toISOString() });
  }
}

const reuseOf = ({ first, lookups, subjects = "" }: CaseUse): Curiosities["caseReuse"][number] => ({
  client: first.client,
  organisation: first.organisation,
  case: Buffer.from(first.caseNumber, "latin1").toString(),
  lookups,
  subjects: sizeOf(subjects),
});

const countedRow = (row: Readonly<Record<string, unknown>>): Counted => ({
  entry: Number(row["entry"]),
  time: Number(row["time"]),
  client: String(row["client"]),
  organisation: row["organisation"] === null ? null : String(row["organisation"]),
  caseNumber: bytesIn(row["case_number"]).toString("latin1"),
  subject: bytesIn(row["subject"]).toString("latin1"),
  persons: bytesIn(row["persons"]).toString("latin1"),
  isLookup: row["kind"] === "lookup",
});
