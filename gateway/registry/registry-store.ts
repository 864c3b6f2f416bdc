import { ChangeQueue } from "./change-queue.ts";
import type { Announce, Change } from "./registry.ts";
import { loadShelves, RegistryError } from "./load-shelves.ts";
import { type ChangeRow, prepareDatabase, type RegistryReader } from "./registry-database.ts";
import { Draft } from "./registry-draft.ts";
import { RegistryMemory } from "./registry-memory.ts";
import { RegistryReading, unavailable } from "./registry-reading.ts";
import type { CheckSource } from "./validation/references.ts";
import { WriterThread } from "./writer-thread.ts";

export type StoreOptions = {
  readonly checkSource: CheckSource;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Told what goes wrong behind an answer. */
  readonly onTrouble: (what: string, detail: string) => void;
  /** Changes that do not say themselves how they are announced. */
  readonly announce: Announce;
};

const PAGE = 1000;

/** Memory, file and writer of a registry, and how they come to agree again after a failure. */
export class RegistryStore {
  readonly memory: RegistryMemory;
  readonly reading: RegistryReading;
  readonly queue: ChangeQueue;
  readonly #options: StoreOptions;
  readonly #writer: WriterThread;
  /** A write has failed: what is on disk is not known. */
  #isDoubtful = false;

  /** Makes the file when it is missing. Throws RegistryError when it cannot be used, or holds an entry that does not validate. */
  constructor(file: string, options: StoreOptions) {
    this.#options = options;
    this.memory = new RegistryMemory(options.onTrouble);
    this.reading = new RegistryReading(file);
    this.#writer = new WriterThread(file);
    this.queue = new ChangeQueue({ draft: () => this.#draft(), commit: (draft) => this.#commit(draft) });
    try {
      prepareDatabase(file);
      this.#load(null);
    } catch (error) {
      this.reading.close();
      const reason = error instanceof Error ? error.message : "unknown error";
      throw new RegistryError(`the registry ${file} cannot be used: ${reason}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.queue.close();
    await this.#writer.close();
    this.reading.close();
  }

  #draft(): Draft {
    if (this.#isDoubtful) this.#load(this.memory.sequence);
    this.#isDoubtful = false;
    const { memory, reading } = this;
    return new Draft({
      shelves: memory.readings.shelves,
      sequence: memory.sequence,
      checkSource: this.#options.checkSource,
      announce: this.#options.announce,
      at: new Date(this.#options.clock()).toISOString(),
      stored: (kind, id) => reading.use((reader) => reader.entry(kind, id)),
      hasOpenCase: (item) => reading.use((reader) => reader.hasOpenCase(item)),
    });
  }

  async #commit(draft: Draft): Promise<void> {
    const { memory } = this;
    const { cameToNothing } = await draft.announce();
    try {
      await this.#writer.write(memory.sequence, draft.rows());
    } catch (error) {
      this.#isDoubtful = true;
      memory.cases.clear();
      await cameToNothing(unavailable(error));
      throw error;
    }
    memory.adopt(draft.shelves, draft.sequence, draft.changes);
  }

  /** Takes over what is on disk; `since` is the newest change that memory knows, null at the start. */
  #load(since: number | null): void {
    const { memory } = this;
    const { shelves, sequence, missed } = this.reading.renew((reader) =>
      reader.snapshot(() => ({
        shelves: loadShelves(reader, memory.readings.shelves, this.#options.checkSource),
        sequence: newestAfter(reader, memory.sequence),
        missed: since === null ? [] : changesAfter(reader, since),
      })),
    );
    memory.adopt(shelves, sequence, missed);
  }
}

/** Throws RegistryError for an older copy in the file's place: what was acknowledged must not be forgotten. */
function newestAfter(reader: RegistryReader, known: number): number {
  const sequence = reader.sequence();
  if (sequence < known) throw new RegistryError("the file lacks changes that were made");
  return sequence;
}

function changesAfter(reader: RegistryReader, sequence: number): readonly Change[] {
  const changes: Change[] = [];
  for (let page = reader.history(sequence, PAGE); page.length > 0;) {
    changes.push(...page.map(changeOf));
    page = reader.history(changes.at(-1)?.sequence ?? sequence, PAGE);
  }
  return changes;
}

/** Read back as it was written: what was valid at its time is shown, even if it would not be now. */
export const changeOf = ({ sequence, changedAt: at, by, kind, id, version, entry }: ChangeRow): Change => ({
  sequence,
  at,
  by,
  kind,
  id,
  version,
  entry: entry === null ? null : JSON.parse(entry),
});
