type Known<Value> = { readonly bytes: Uint8Array; readonly value: Value; readonly weight: number };

/** `weight` in bytes, of all that is kept together; `sightings`: how many names may be noted before the first is forgotten. */
export type KnownBounds = { readonly count: number; readonly weight: number; readonly sightings: number };

/**
 * Values that follow from bytes alone, remembered by those bytes: a name finds them, every byte must then be the same, so that nobody can put
 * one document's value in the place of another's. What comes once is only noted, and the least recently used goes first: to push out what
 * recurs costs an attacker as much as it costs to send it twice.
 */
export class KnownBytes<Value> {
  readonly #known = new Map<string, Known<Value>>();
  readonly #seen = new Set<string>();
  readonly #bounds: KnownBounds;
  #weight = 0;

  constructor(bounds: KnownBounds) {
    this.#bounds = bounds;
  }

  get weight(): number {
    return this.#weight;
  }

  get size(): number {
    return this.#known.size;
  }

  find(name: string, bytes: Uint8Array): Value | undefined {
    const known = this.#known.get(name);
    if (known === undefined || Buffer.compare(known.bytes, bytes) !== 0) return undefined;
    this.#known.delete(name);
    this.#known.set(name, known);
    return known.value;
  }

  /** Whether `keep` is worth while: the name comes for the second time, and `weight` is not too much for one. */
  wants(name: string, weight: number): boolean {
    if (weight > this.#bounds.weight / 8) return false;
    if (this.#seen.delete(name)) return true;
    this.#seen.add(name);
    if (this.#seen.size > this.#bounds.sightings) this.#seen.delete(this.#seen.values().next().value ?? name);
    return false;
  }

  /** `bytes` and what `value` looks at must be copies that hold no document, and never change. */
  keep(name: string, known: Known<Value>): void {
    this.#forget(name);
    this.#known.set(name, known);
    this.#weight += known.weight;
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= this.#bounds.count && this.#weight <= this.#bounds.weight) return;
      this.#forget(oldest);
    }
  }

  #forget(name: string): void {
    this.#weight -= this.#known.get(name)?.weight ?? 0;
    this.#known.delete(name);
  }
}
