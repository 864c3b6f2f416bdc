import { existsSync, readFileSync } from "node:fs";
import { VALIDATION_POLICIES } from "#certs/policy.ts";
import { readTrustDirectory } from "#certs/trust/directory.ts";
import { buildTrustSnapshot } from "#certs/trust/snapshot.ts";
import { verifyDocument } from "#certs/verify.ts";

/** Run by verify-memory.ts in a process of its own with FILE and trust DIR: prints what verifying FILE took, as JSON, memory in bytes. */
const [file = "", directory = ""] = process.argv.slice(2);
const trust = buildTrustSnapshot(readTrustDirectory(directory));
const before = process.memoryUsage.rss();
const start = performance.now();
const { verdict } = verifyDocument(readFileSync(file), {
  trust,
  policy: VALIDATION_POLICIES["gb-t-38540"],
  at: Date.now(),
});
const elapsed = performance.now() - start;
process.stdout.write(JSON.stringify({ verdict, elapsed, taken: highestMemory() - before }));

/**
 * The highest resident memory as the system counted it, whatever was freed in between. On Linux from the process's own
 * status: the figure of getrusage begins with what the parent had when it forked.
 */
function highestMemory(): number {
  const status = existsSync("/proc/self/status") ? readFileSync("/proc/self/status", "utf8") : "";
  const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1];
  return (kilobytes === undefined ? process.resourceUsage().maxRSS : Number(kilobytes)) * 1024;
}
