import { readFileSync } from "node:fs";

/** e, r and s as octets, most significant first: e of 32, r and s of any length with zeros in front, as INTEGERs have them. */
export type KernelQuestion = { readonly e: Uint8Array; readonly r: Uint8Array; readonly s: Uint8Array };

/** The exports of assembly/index.ts; booleans come as 0 and 1. */
type Exports = {
  readonly memory: WebAssembly.Memory;
  readonly input: WebAssembly.Global;
  bytesFor(slots: number): number;
  prepare(): void;
  build(slot: number): number;
  verify(slot: number): number;
  verifyCarefully(slot: number): number;
};

const PAGE = 65_536;
const WORD = 32;

/** One instance of the kernel: verifies SM2 signatures of keys whose tables stand in its slots. README.md says how. */
export class Sm2Kernel {
  readonly #exports: Exports;
  #input: Uint8Array;

  private constructor(exports: Exports) {
    this.#exports = exports;
    this.#input = this.#inputView();
  }

  /** Compiles the kernel and builds the base point's table: some milliseconds. Throws when it can't be had (no WebAssembly, no memory). */
  static start(wasm: Uint8Array = shippedKernel()): Sm2Kernel {
    const exports = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports as Exports;
    const kernel = new Sm2Kernel(exports);
    kernel.#reserve(0);
    exports.prepare();
    return kernel;
  }

  /** Bytes of its memory, which only grows: with the highest slot in use. */
  get bytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  /** Builds the table of x ‖ y, 64 octets, over what the slot holds. Throws RangeError when the memory for it is refused. */
  build(slot: number, point: Uint8Array): "built" | "not on the curve" {
    if (point.length !== 2 * WORD) return "not on the curve";
    this.#reserve(slot + 1);
    this.#input.set(point);
    return this.#exports.build(slot) === 1 ? "built" : "not on the curve";
  }

  /** Whether (r, s) signs e under the key whose table is in the slot. Out of range is false. */
  verify(slot: number, question: KernelQuestion): boolean {
    return this.#put(question) && this.#exports.verify(slot) === 1;
  }

  /** As `verify`, by the additions that otherwise only follow an exceptional point. */
  verifyCarefully(slot: number, question: KernelQuestion): boolean {
    return this.#put(question) && this.#exports.verifyCarefully(slot) === 1;
  }

  #put({ e, r, s }: KernelQuestion): boolean {
    return e.length === WORD && this.#putInteger(0, e) && this.#putInteger(WORD, r) && this.#putInteger(2 * WORD, s);
  }

  /** False for an integer of more than 32 octets. */
  #putInteger(offset: number, octets: Uint8Array): boolean {
    const first = octets.length > WORD ? octets.length - WORD : 0;
    for (let i = 0; i < first; i++) if (octets[i] !== 0) return false;
    const end = offset + WORD;
    const start = end - (octets.length - first);
    this.#input.fill(0, offset, start);
    for (let i = start; i < end; i++) this.#input[i] = octets[first + i - start] ?? 0;
    return true;
  }

  #reserve(slots: number): void {
    const { memory, bytesFor } = this.#exports;
    const lacking = bytesFor(slots) - memory.buffer.byteLength;
    if (lacking <= 0) return;
    memory.grow(Math.ceil(lacking / PAGE));
    this.#input = this.#inputView(); // growing takes the old view's memory away
  }

  #inputView(): Uint8Array {
    const { memory, input } = this.#exports;
    return new Uint8Array(memory.buffer, Number(input.value), 3 * WORD);
  }
}

const shippedKernel = (): Uint8Array => readFileSync(new URL("./sm2-kernel.wasm", import.meta.url));
