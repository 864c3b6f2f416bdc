import { randomFillSync } from "node:crypto";
import { type JournalEntry, roomFor, writeFrame } from "../journal-frame.ts";
import { leafBytes, SALT_BYTES } from "../leaf.ts";
import type { Pseudonym } from "../pseudonym.ts";
import type { PackedEntry } from "./batch.ts";

const SALTS = 3 * SALT_BYTES;
/** Salts made at once: the random generator costs by the call. */
const SALTS_AT_ONCE = 512;

/** Three fresh salts at each call; a view that stays as it is. */
export function saltMaker(): () => Buffer {
  let pool = Buffer.alloc(0);
  let at = 0;
  return () => {
    if (at === pool.length) {
      pool = randomFillSync(Buffer.allocUnsafeSlow(SALTS * SALTS_AT_ONCE));
      at = 0;
    }
    at += SALTS;
    return pool.subarray(at - SALTS, at);
  };
}

const NOTHING = new Uint8Array();

/** The leaf that commits to an entry, and what the journal keeps of it. */
export function journalEntry(
  { id, record, request, answer, subject, persons }: PackedEntry,
  { index, time, salts, pseudonym }: { index: number; time: string; salts: Buffer; pseudonym: Pseudonym },
): JournalEntry {
  return {
    index,
    leaf: leafBytes({ id, time, salts, request: request ?? NOTHING, record, answer: answer ?? NOTHING }),
    salts,
    target: request,
    subject: subject === null ? null : pseudonym(subject),
    persons: persons.map(pseudonym),
    record,
  };
}

const FIRST_ROOM = 1024 * 1024;

/** Makes one piece of bytes of a batch; the next batch overwrites it. */
export class FrameBuffer {
  #bytes = Buffer.allocUnsafeSlow(FIRST_ROOM);

  write(entries: readonly JournalEntry[]): Buffer {
    const room = entries.reduce((sum, entry) => sum + roomFor(entry), 0);
    if (room > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(room);
    let end = 0;
    for (const entry of entries) end = writeFrame(this.#bytes, end, entry);
    return this.#bytes.subarray(0, end);
  }
}
