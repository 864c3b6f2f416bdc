import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A process of this machine, as Linux tells of it in /proc. */
export type ChildProcess = { readonly pid: number; readonly command: string };

/** Whether processes can be looked at here. */
export const KNOWS_PROCESSES = process.platform === "linux";

/** The processes that `parent` has started and that are still there. */
export function childrenOf(parent: number): readonly ChildProcess[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const found = look(Number(pid));
    return found?.parent === parent ? [found.child] : [];
  });
}

/** Resolves when none of them is there any more. */
export async function allGone(children: readonly ChildProcess[]): Promise<void> {
  const isThere = ({ pid, command }: ChildProcess) => look(pid)?.child.command === command;
  while (children.some(isThere)) await sleep(20);
}

/** Null when it has ended: its files are gone, or it is but waiting for its parent to take note. */
function look(pid: number): { readonly parent: number; readonly child: ChildProcess } | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    const parent = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
    return /^State:\s+[ZX]/m.test(status) ? null : { parent, child: { pid, command } };
  } catch {
    // Reading it is a race with its end.
    return null;
  }
}
