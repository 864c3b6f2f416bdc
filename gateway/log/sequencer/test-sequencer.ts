import { randomUUIDv7 } from "node:crypto";
import { join } from "node:path";
import { type Disk, DISK } from "../disk.ts";
import type { ExchangeRecord } from "../exchange-record.ts";
import { openLogKeys } from "../log-keys.ts";
import { openPseudonyms } from "../pseudonym.ts";
import { BatchPacker, type PackedBatch } from "./batch.ts";
import { Sequencer } from "./sequencer.ts";

export const ORIGIN = "tongyan.example/log/00000001";
export const TEST_TIME = Date.UTC(2026, 10, 21, 8);
/** Plain texts that must not reach a disk. */
export const PERSON = "110105180001010003";
export const SUBJECT = '["real-estate","certificateNumber","皖（2025）第0000001号"]';

export const testKeys = (root: string) => openLogKeys(join(root, "keys"), ORIGIN);

/** The sequencer of the log in `root`/log. */
export const openSequencer = (root: string, disk: Disk = DISK, segmentBytes = 8192): Promise<Sequencer> =>
  Sequencer.open({
    directory: join(root, "log"),
    keys: testKeys(root),
    pseudonym: openPseudonyms(join(root, "keys")),
    disk,
    segmentBytes,
  });

/** Lookups about one person, under fresh identifiers. */
export function batchOf(ids: readonly string[], at = TEST_TIME): PackedBatch {
  const packer = new BatchPacker();
  for (const id of ids) {
    const record = { id, kind: "lookup", item: "不动产转移登记" };
    const request = { target: "POST /v1/lookups", sha256: "ab".repeat(32) };
    const about = { request, answer: Buffer.from('{"outcome":"FOUND"}'), subject: SUBJECT, persons: [PERSON] };
    packer.add({ record: record as unknown as ExchangeRecord, ...about }, JSON.stringify(record));
  }
  return packer.finish(at);
}

export const newIds = (count: number): string[] => Array.from({ length: count }, () => randomUUIDv7());
