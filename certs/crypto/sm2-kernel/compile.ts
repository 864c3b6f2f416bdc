import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { main } from "assemblyscript/asc";

const SOURCE = join(import.meta.dirname, "assembly");
/** 1024 pages are 64 MiB: what all tables together can take. */
const OPTIONS = ["index.ts", "--runtime", "stub", "--noAssert", "--maximumMemory", "1024", "-o", "kernel.wasm"];

/** Gives a file of the source another text: for tests of planted faults. */
export type Change = (file: string, text: string) => string;
const noChange: Change = (_, text) => text;

/** The kernel from its AssemblyScript source: always the same bytes. */
export async function compileKernel(level: "-O0" | "-O3", change = noChange): Promise<Uint8Array> {
  let compiled: Uint8Array | null = null;
  const { error, stderr } = await main([...OPTIONS, level], {
    readFile: (file) => sourceOf(file, change),
    writeFile: (_, contents) => void (compiled = contents as Uint8Array),
    listFiles: () => [],
  });
  if (error !== null || compiled === null) throw new Error(`the kernel does not compile: ${stderr.toString()}`);
  return compiled;
}

/** null for a file that is not there: the compiler asks for several names. */
function sourceOf(file: string, change: Change): string | null {
  if (!FILES.includes(file)) return null;
  return change(file, readFileSync(join(SOURCE, file), "utf8"));
}
const FILES = ["index.ts", "integer.ts", "field.ts", "point.ts", "table.ts"];

/** `npm run kernel` writes what is committed. */
if (import.meta.main) writeFileSync(join(import.meta.dirname, "sm2-kernel.wasm"), await compileKernel("-O3"));
