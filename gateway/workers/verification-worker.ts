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
  return task.kind === "ping" ? { kind: "ready" } : verify(task);
}

function verify({ bytes, policy, at }: VerificationTask): WorkerAnswer {
  try {
    const question = { trust, policy: VALIDATION_POLICIES[policy], at, limits, memory };
    return withinOutputBudget(verifyDocument(bytes, question));
  } catch (error) {
    if (error instanceof Refusal) return { kind: "refused", code: error.code, detail: error.detail };
    return { kind: "error", trace: traceOf(error) };
  }
}
