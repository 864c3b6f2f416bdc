import { setImmediate as nextTurn } from "node:timers/promises";
import type { Approvals } from "./approvals.ts";
import type { DutiesStore } from "./duties-store.ts";
import type { Notices } from "./notices.ts";

type Kept = {
  readonly store: Pick<DutiesStore, "truncateWal">;
  readonly approvals: Pick<Approvals, "forget">;
  readonly notices: Pick<Notices, "forget">;
};

/**
 * Deletes approvals that are over, and notices that are not younger than `until` (milliseconds since the epoch): no byte of them is left.
 * Rejects with Fault REGISTRY_UNAVAILABLE.
 */
export async function forgetDuties({ store, approvals, notices }: Kept, until: number): Promise<void> {
  while (approvals.forget()) await nextTurn();
  while (notices.forget(until)) await nextTurn();
  store.truncateWal();
}
