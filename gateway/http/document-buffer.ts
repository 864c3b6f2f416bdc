/** Above this size (bytes) a document is held once, not twice: so it fits in memory, and cannot be tried a second time. */
const HELD_ONCE_FROM = 16 * 1024 * 1024;

/** Collects a document as it arrives. */
export class DocumentBuffer {
  readonly #chunks: Uint8Array[] = [];
  #whole: Uint8Array<ArrayBuffer> | null;
  #length = 0;

  /** `capacity`: bytes that will come at most, as declared; 0 when nothing was declared. */
  constructor(capacity: number) {
    // Untouched pages of it take no memory: a large declaration alone costs nothing.
    this.#whole = capacity > HELD_ONCE_FROM ? new Uint8Array(capacity) : null;
  }

  get length(): number {
    return this.#length;
  }

  add(chunk: Uint8Array): void {
    if (this.#whole === null) this.#chunks.push(chunk);
    else this.#whole.set(chunk, this.#length);
    this.#length += chunk.length;
  }

  /** The whole document in memory of its own, to be given away. Null when it was given away and is not held any more. */
  take(): Uint8Array<ArrayBuffer> | null {
    if (this.#length <= HELD_ONCE_FROM) return this.#whole?.slice(0, this.#length) ?? this.#join();
    const whole = this.#whole?.subarray(0, this.#length) ?? this.#join();
    this.discard();
    return whole;
  }

  discard(): void {
    this.#whole = null;
    this.#chunks.length = 0;
  }

  #join(): Uint8Array<ArrayBuffer> | null {
    if (this.#chunks.length === 0) return null;
    const joined = new Uint8Array(this.#length);
    let offset = 0;
    for (const chunk of this.#chunks) {
      joined.set(chunk, offset);
      offset += chunk.length;
    }
    return joined;
  }
}
