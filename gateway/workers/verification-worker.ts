import { workerData } from "node:worker_threads";
import { newMemory } from "#certs/memory.ts";
import { VALIDATION_POLICIES } from "#certs/policy.ts";
import { Refusal } from "#certs/refusal.ts";
import { buildTrustSnapshot } from "#certs/trust/snapshot.ts";
import { verifyDocument } from "#certs/verify.ts";
import { traceOf } from "#gateway/trace-of.ts";
import { withinOutputBudget } from "./output-budget.ts";
import type { VerificationTask, WorkerAnswer, WorkerOutfit, WorkerTask } from "./verification-task.ts";

const { material, limits }: WorkerOutfit = workerData;
const trust = buildTrustSnapshot(material);
const memory = newMemory();

/** Run by the pool of verifier.ts, one task at a time. */
export default function work(task: WorkerTask): WorkerAnswer {
  if (task.kind === "ping") return { kind: "ready" };
  const answer = verify(task);
  if (tables.state.waiting > 0) setImmediate(buildTables);
  return answer;
}

const { tables } = memory.signatures;

/** Once the answer is on its way: the tables of keys that recur, one a turn of the event loop. */
function buildTables(): void {
  if (tables.buildNext() && tables.state.waiting > 0) setImmediate(buildTables);
}

function verify({ bytes, policy, at, sha256 }: VerificationTask): WorkerAnswer {
  try {
    const question = {
      trust,
      policy: VALIDATION_POLICIES[policy],
      at,
      limits,
      memory,
      ...(sha256 !== undefined && { sha256 }),
    };
    return withinOutputBudget(verifyDocument(bytes, question));
  } catch (error) {
    if (error instanceof Refusal) return { kind: "refused", code: error.code, detail: error.detail };
    return { kind: "error", trace: traceOf(error) };
  }
}
