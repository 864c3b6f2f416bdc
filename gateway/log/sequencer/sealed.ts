import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Disk, placeDurably, syncDirectory } from "../disk.ts";
import { LogRefusedError } from "../log-refused.ts";

/** Up to which size tiles, bundles and the checkpoint survive a power cut, and the tree's root there. Below it the journal is not needed to rebuild them. */
export type Sealed = {
  readonly size: number;
  /** Base64. */
  readonly root: string;
};

const FILE = "sealed";

/** Null when the log is new. Throws LogRefusedError. */
export function readSealed(directory: string): Sealed | null {
  const file = join(directory, FILE);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  return parse(text) ?? refuse(file);
}

const SHAPE = /^\{"size":(0|[1-9]\d{0,15}),"root":"([A-Za-z0-9+/]{43}=)"\}\n$/;

function parse(text: string): Sealed | null {
  const [, size, root] = SHAPE.exec(text) ?? [];
  return size === undefined || root === undefined ? null : { size: Number(size), root };
}

function refuse(file: string): never {
  throw new LogRefusedError("LOG_DAMAGED", `${file} does not say up to where the log is sealed`);
}

/** Durable when it returns. */
export function writeSealed(directory: string, { size, root }: Sealed, disk: Disk): void {
  const file = join(directory, FILE);
  placeDurably(disk, file, Buffer.from(`${JSON.stringify({ size, root })}\n`));
  syncDirectory(disk, dirname(file));
}
