import { BoundedMap } from "./bounded-map.ts";
import type { PublicKey } from "./public-key.ts";
import { type KernelQuestion, Sm2Kernel } from "./sm2-kernel/kernel.ts";

/**
 * How many keys have a table, and when. Measured: a table takes 86 KiB, and as long to build as one to three native verifications; from then on nine
 * tenths of each are saved. So a key gets one when it has been seen twice: it has paid for itself one to four signatures later. Once
 * all places are taken, a newcomer has to be seen sixteen times before it drives out the key used longest ago, and again after it was driven
 * out: keys by the thousand, also of somebody who makes them for that, add at most a fifth to what they cost natively.
 */
export type TableLimits = {
  /** 512 tables are 43 MiB in each thread that verifies. */
  readonly tables: number;
  readonly sightings: { readonly whileFree: number; readonly whenFull: number };
  /** Keys whose sightings are counted, and keys that wait for their table; the others are counted from the beginning. */
  readonly counted: number;
  readonly waiting: number;
};
export const TABLE_LIMITS: TableLimits = {
  tables: 512,
  sightings: { whileFree: 2, whenFull: 16 },
  counted: 4096,
  waiting: 64,
};

/** What is needed of a kernel. */
export type TableKernel = Pick<Sm2Kernel, "build" | "verify" | "bytes">;

export type Sm2TablesOptions = {
  readonly limits?: TableLimits;
  /** Throws when there can be none: then every key goes native. */
  readonly start?: () => TableKernel;
};

/** Keys with a table, and that can have one: 0 when the kernel is not to be had. Keys that wait. Bytes of the kernel's memory. */
export type TablesState = Readonly<Record<"tables" | "places" | "waiting" | "bytes", number>>;

/** The tables of keys that recur, least recently used first to go. All of it is public: keys, and how often they were seen. */
export class Sm2Tables {
  readonly #limits: TableLimits;
  readonly #start: () => TableKernel;
  readonly #slots = new Map<string, number>();
  readonly #sightings: BoundedMap<number>;
  /** Points, x ‖ y: copies, so that no document is held by what waits. */
  readonly #due = new Map<string, Uint8Array>();
  #kernel: TableKernel | null = null;
  /** Falls when memory is refused. */
  #places: number;

  constructor({ limits = TABLE_LIMITS, start = () => Sm2Kernel.start() }: Sm2TablesOptions = {}) {
    this.#limits = limits;
    this.#start = start;
    this.#sightings = new BoundedMap(limits.counted);
    this.#places = limits.tables;
  }

  /** What the kernel says of a signature by this key, `question` being asked only then; null while the key has no table, and is seen once more. */
  verify(key: PublicKey, question: () => KernelQuestion): boolean | null {
    const slot = this.#slots.get(key.id);
    if (slot === undefined || this.#kernel === null) {
      this.#sight(key);
      return null;
    }
    this.#slots.delete(key.id);
    this.#slots.set(key.id, slot);
    return this.#kernel.verify(slot, question());
  }

  /**
   * Builds the table of one key that waits for it: about a millisecond, the first time some more. False when none waits. For whoever verifies to
   * call between two documents: `verify` only takes note, so that a verification touches nothing and takes no longer for it.
   */
  buildNext(): boolean {
    const next = this.#due.entries().next();
    if (next.done === true) return false;
    const [id, point] = next.value;
    this.#due.delete(id);
    this.#build(id, point);
    return true;
  }

  get state(): TablesState {
    return { tables: this.#slots.size, places: this.#places, waiting: this.#due.size, bytes: this.#kernel?.bytes ?? 0 };
  }

  #sight(key: PublicKey): void {
    const { sightings, waiting } = this.#limits;
    if (this.#places === 0 || this.#due.has(key.id)) return;
    const seen = (this.#sightings.get(key.id) ?? 0) + 1;
    this.#sightings.set(key.id, seen);
    const isFree = this.#slots.size + this.#due.size < this.#places;
    const wanted = isFree ? sightings.whileFree : sightings.whenFull;
    if (seen < wanted || this.#due.size >= waiting) return;
    this.#sightings.set(key.id, 0); // a key that was driven out has to be seen as often again
    this.#due.set(key.id, Uint8Array.from(key.spki.subarray(-64)));
  }

  /** A new place while there is one, else that of the key used longest ago. */
  #build(id: string, point: Uint8Array): void {
    const kernel = this.#startedKernel();
    if (kernel === null) return;
    const oldest = this.#slots.size < this.#places ? undefined : this.#slots.keys().next().value;
    const slot = oldest === undefined ? this.#slots.size : this.#slots.get(oldest);
    if (slot === undefined || slot >= this.#places) return;
    try {
      if (kernel.build(slot, point) !== "built") return;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#places = this.#slots.size; // no more memory: the tables that are there go on
      return;
    }
    if (oldest !== undefined) this.#slots.delete(oldest);
    this.#slots.set(id, slot);
  }

  #startedKernel(): TableKernel | null {
    if (this.#kernel !== null) return this.#kernel;
    try {
      this.#kernel = this.#start();
    } catch {
      // No WebAssembly here, or no memory for it: only speed depends on it, no answer. `state` tells.
      this.#places = 0;
      this.#due.clear();
    }
    return this.#kernel;
  }
}
