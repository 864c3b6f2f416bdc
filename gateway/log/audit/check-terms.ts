import type { DatabaseSync, StatementSync } from "node:sqlite";
import { bytesIn, type EntryColumns } from "../index/entry-columns.ts";
import { OpenSegment } from "../index/segment-terms.ts";
import { segmentOf, TERM_BYTES } from "../index/terms.ts";
import { LogBreak } from "./audit-faults.ts";

const NOTHING = Buffer.alloc(0);
const SLOT_BYTES = TERM_BYTES + 2;

/** Compares what the index is searched by with what its entries say. A segment is compared once a later one has closed it. */
export class TermCheck {
  readonly #slots: StatementSync;
  #segment = new OpenSegment(0);

  constructor(database: DatabaseSync) {
    this.#slots = database.prepare("SELECT slots FROM terms WHERE place = ?");
  }

  /** The next entry. Throws LogBreak when the segment that it closes was changed. */
  add(columns: EntryColumns, content: "whole" | "erased"): void {
    const segment = segmentOf(columns.entry);
    if (segment !== this.#segment.segment) {
      this.#compare();
      this.#segment = new OpenSegment(segment);
    }
    this.#segment.add(content === "whole" ? columns : { ...columns, caseNumber: NOTHING, persons: NOTHING });
  }

  #compare(): void {
    const { segment } = this.#segment;
    const differs = (): LogBreak =>
      new LogBreak(
        "INDEX_DIFFERS",
        { file: "index.sqlite" },
        `segment ${segment} is searched by other terms than its entries have`,
      );
    const run = (place: unknown, slots: unknown): void => {
      const stored = bytesIn(this.#slots.get(Number(place))?.["slots"]);
      if (slotsIn(stored) !== slotsIn(bytesIn(slots))) throw differs();
    };
    // What the segment writes when it is closed is compared instead.
    this.#segment.close({ statement: () => ({ run }) as unknown as StatementSync });
  }
}

/** In one order, and without those that were erased: there stand zeros. */
function slotsIn(bytes: Buffer): string {
  const slots: string[] = [];
  for (let at = 0; at < bytes.length; at += SLOT_BYTES) {
    const slot = bytes.subarray(at, at + SLOT_BYTES);
    if (slot.some((byte) => byte !== 0)) slots.push(slot.toString("hex"));
  }
  return slots.sort().join();
}
