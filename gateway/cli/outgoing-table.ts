import type { BigIntStats } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { systemCode } from "./local-verification.ts";
import { CommandError, EXIT } from "./outcome.ts";

/** A file that is to be sent. `size` in bytes. */
export type OutgoingTable = {
  readonly format: "csv" | "xlsx";
  readonly size: number;
  /** Piece by piece. Throws CommandError when the file cannot be read to its end or was written to meanwhile. */
  readonly bytes: () => AsyncGenerator<Uint8Array, void>;
  readonly close: () => Promise<void>;
};

const CHUNK = 262_144;
/** Of ZIP, which every XLSX is, and of the compound files that older and encrypted workbooks are: the service says so. */
const WORKBOOKS = [Buffer.from([0x50, 0x4b, 0x03, 0x04]), Buffer.from([0xd0, 0xcf, 0x11, 0xe0])];

/** Opens a table; what it is, its first bytes tell, whatever it is called. Throws CommandError. */
export async function openTable(path: string): Promise<OutgoingTable> {
  const handle = await readable(path, () => openRegular(path));
  try {
    const before = await handle.stat({ bigint: true });
    const size = Number(before.size);
    if (size === 0) throw new CommandError(EXIT.data, `${path} is empty`);
    return {
      format: await readable(path, () => formatOf(handle)),
      size,
      bytes: () => bytesOf({ path, handle, size, before }),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** A pipe has no size that could be announced, and would be waited for. */
async function openRegular(path: string): Promise<FileHandle> {
  if (!(await stat(path)).isFile()) throw new CommandError(EXIT.unreadable, `${path} is no regular file`);
  return await open(path, "r");
}

async function formatOf(handle: FileHandle): Promise<OutgoingTable["format"]> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
  const first = buffer.subarray(0, bytesRead);
  return WORKBOOKS.some((mark) => mark.equals(first)) ? "xlsx" : "csv";
}

type Reading = {
  readonly path: string;
  readonly handle: FileHandle;
  readonly size: number;
  readonly before: BigIntStats;
};

/** The last piece leaves only when the file is still what it was: what is cut short is not taken into use. */
async function* bytesOf({ path, handle, size, before }: Reading): AsyncGenerator<Uint8Array, void> {
  let position = 0;
  while (position < size) {
    const length = Math.min(CHUNK, size - position);
    const { buffer, bytesRead } = await readable(path, () =>
      handle.read(Buffer.allocUnsafe(length), 0, length, position),
    );
    position += bytesRead;
    const isLast = position === size;
    if (bytesRead === 0 || (isLast && !(await isUnchanged(handle, before)))) {
      throw new CommandError(EXIT.unreadable, `${path} was changed while it was being sent`);
    }
    yield buffer.subarray(0, bytesRead);
  }
}

async function isUnchanged(handle: FileHandle, before: BigIntStats): Promise<boolean> {
  const { size, mtimeNs } = await handle.stat({ bigint: true });
  return size === before.size && mtimeNs === before.mtimeNs;
}

async function readable<Result>(path: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(EXIT.unreadable, `${path}: ${systemCode(error)}`);
  }
}
