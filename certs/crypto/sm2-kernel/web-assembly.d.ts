/** What of WebAssembly's interface is used; TypeScript declares it for browsers only. */
declare namespace WebAssembly {
  class Module {
    private readonly compiled: true;
    constructor(bytes: Uint8Array);
  }
  class Instance {
    readonly exports: Readonly<Record<string, unknown>>;
    constructor(module: Module);
  }
  class Global {
    readonly value: unknown;
  }
  class Memory {
    readonly buffer: ArrayBuffer;
    /** Throws RangeError when there is no more. */
    grow(pages: number): number;
  }
}
