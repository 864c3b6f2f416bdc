import type { DocumentFacts } from "./facts.ts";
import type { Limits } from "./limits.ts";

type Kept = { readonly facts: DocumentFacts; readonly limits: Limits; readonly weight: number };

const MOST_DOCUMENTS = 512;
/** Bytes of all that is kept, as estimated. */
const MOST_WEIGHT = 8 * 1024 * 1024;
/** A document heavier than this is read again each time. */
const HEAVIEST = 2 * 1024 * 1024;
const MOST_SIGHTINGS = 8192;
/** Trees and texts of a document's files take up to twenty times their size. */
const GROWTH = 20;

/**
 * What documents say, by the SHA-256 of all their bytes: files are handed in at one counter after another. Facts follow from bytes and limits
 * alone; checks and verdict are made anew each time, under the trust, policy and time asked for. A document is kept when it comes for the
 * second time, and the least recently used goes first, so that none pushes out others by coming once.
 */
export class DocumentMemory {
  readonly #kept = new Map<string, Kept>();
  readonly #seen = new Set<string>();
  #weight = 0;

  get size(): number {
    return this.#kept.size;
  }

  /** Bytes, as estimated. */
  get weight(): number {
    return this.#weight;
  }

  /** What `gather` gives for `bytes`. Facts that are kept look at a copy: nobody changes that. */
  recall(
    sha256: string,
    limits: Limits,
    bytes: Uint8Array,
    gather: (bytes: Uint8Array) => DocumentFacts,
  ): DocumentFacts {
    const known = this.#kept.get(sha256);
    if (known?.limits === limits) {
      this.#kept.delete(sha256);
      this.#kept.set(sha256, known);
      return known.facts;
    }
    // A refusal is thrown, and never remembered.
    if (bytes.length > HEAVIEST || !this.#isSeenAgain(sha256)) return gather(bytes);
    const facts = gather(bytes.slice());
    this.#keep(sha256, { facts, limits, weight: weightOf(facts) });
    return facts;
  }

  #isSeenAgain(sha256: string): boolean {
    if (this.#seen.delete(sha256)) return true;
    this.#seen.add(sha256);
    if (this.#seen.size > MOST_SIGHTINGS) this.#seen.delete(this.#seen.values().next().value ?? sha256);
    return false;
  }

  #keep(sha256: string, kept: Kept): void {
    if (kept.weight > HEAVIEST) return;
    this.#forget(sha256);
    this.#kept.set(sha256, kept);
    this.#weight += kept.weight;
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST_DOCUMENTS && this.#weight <= MOST_WEIGHT) return;
      this.#forget(oldest);
    }
  }

  #forget(sha256: string): void {
    this.#weight -= this.#kept.get(sha256)?.weight ?? 0;
    this.#kept.delete(sha256);
  }
}

function weightOf({ bytes, ofd }: DocumentFacts): number {
  let unpacked = 0;
  for (const size of ofd.entries.values()) unpacked += size;
  return bytes + GROWTH * unpacked;
}
