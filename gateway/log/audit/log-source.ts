import { MAX_ENTRY } from "../tlog/entry-bundle.ts";
import { HASH_BYTES } from "../tlog/hashing.ts";
import { MAX_NOTE } from "../tlog/signed-note.ts";
import { TILE_WIDTH, type TileLevel, type TilePlace } from "../tlog/tiles.ts";

/** Where a log's public files are read. All but `close` reject with LogUnreadError, or LogBreak for a file that is too large to be one. */
export type LogSource = {
  /** Directory or address. */
  readonly name: string;
  /** Null when there is none. */
  readonly checkpoint: () => Promise<Buffer | null>;
  /** The public keys that the log says are its own, one to a line; null when there are none. */
  readonly keys: () => Promise<Buffer | null>;
  /** Exactly this tile or bundle; null when there is none. */
  readonly read: (place: TilePlace) => Promise<Buffer | null>;
  /** Widths of the partial ones that are there, where that can be known. */
  readonly leftOver: (level: TileLevel, n: number) => Promise<readonly number[]>;
  readonly close: () => Promise<void>;
};

/** Bytes at most. */
export const LOG_LIMITS = { checkpoint: 4 * MAX_NOTE, keys: 65_536 } as const;
export const limitOf = ({ level, width }: TilePlace): number =>
  level === "entries" ? width * (2 + MAX_ENTRY) : TILE_WIDTH * HASH_BYTES;
