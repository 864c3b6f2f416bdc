import { JournalReader } from "../journal.ts";
import { segmentsIn } from "../journal-segments.ts";
import type { IndexStore } from "./index-store.ts";

/** Entries that are taken over in one transaction: some milliseconds of work, between which readings are answered. */
const AT_ONCE = 1024;
/** A checkpoint is made after so many entries at the latest. */
const UNSAFE_AT_MOST = 16_384;

/** Takes entries over from the journal, and says which of them it is not needed for any more. */
export class JournalIntake {
  readonly #journal: string;
  readonly #store: IndexStore;
  #reader: JournalReader | null = null;
  #taken = 0;

  /** `journal`: its directory. */
  constructor(journal: string, store: IndexStore) {
    this.#journal = journal;
    this.#store = store;
    this.makeDurable();
  }

  /** Entries that are durably in the index. */
  get taken(): number {
    return this.#taken;
  }

  /** Takes over some of the entries up to, not including, `until`; true when there are more. Throws JournalDamageError, or what the index throws. */
  step(until: number): boolean {
    const { next } = this.#store;
    if (next > until) throw new Error(`the index holds ${next} entries, the log only ${until}`);
    if (next === until) return false;
    this.#reader ??= this.#openReader();
    const records = this.#reader.read(until, AT_ONCE);
    if (records.length === 0)
      throw new Error(`the journal has no entry ${this.#store.next}, of ${until} that are durable`);
    this.#store.add(records);
    if (this.#store.next - this.#taken >= UNSAFE_AT_MOST) this.makeDurable();
    return this.#store.next < until;
  }

  /** Makes what was taken over durable, unless a reader elsewhere keeps it from that. */
  makeDurable(): void {
    if (this.#taken < this.#store.next && this.#store.checkpoint()) this.#taken = this.#store.next;
  }

  close(): void {
    this.#reader?.close();
    this.#reader = null;
  }

  /** When the journal no longer holds what comes next, the index has been lost since: that is kept in mind, and the rest is taken over. */
  #openReader(): JournalReader {
    const [first] = segmentsIn(this.#journal);
    if (first !== undefined && first.first > this.#store.next) this.#store.skipTo(first.first);
    return new JournalReader(this.#journal, this.#store.next);
  }
}
