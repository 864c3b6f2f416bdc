import { Worker } from "node:worker_threads";
import { UploadError } from "../upload.ts";
import { codeOf } from "./error-code.ts";
import type { ImportMessage, ImportTask } from "./import-protocol.ts";

export type ReadMessage = Extract<ImportMessage, { kind: "read" }>;
export type ProgressMessage = Extract<ImportMessage, { kind: "progress" }>;
type Outcome = Exclude<ImportMessage, { kind: "progress" }>;

/** Heap of the thread (MiB): what it keeps in memory does not grow with the file. */
const HEAP_MEBIBYTES = 512;

/**
 * Imports in a thread of its own; resolves with what was read once the thread has ended and let go of its files. Throws
 * UploadError, the signal's reason, and what `onProgress` throws.
 */
export async function importInThread(
  task: ImportTask,
  signal: AbortSignal,
  onProgress: (message: ProgressMessage) => void,
): Promise<ReadMessage> {
  const worker = new Worker(new URL("./import-worker.ts", import.meta.url), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MEBIBYTES },
  });
  const leave = () => void worker.terminate();
  signal.addEventListener("abort", leave, { once: true });
  let outcome: Outcome = { kind: "failed", trace: "the thread ended" };
  try {
    await new Promise<void>((resolve, reject) => {
      worker.on("message", (message: ImportMessage) => {
        try {
          if (message.kind === "progress") onProgress(message);
          else outcome = message;
        } catch (error) {
          reject(error);
        }
      });
      worker.once("error", (error) => reject(new UploadError("UPLOAD_FAILED", codeOf(error))));
      worker.once("exit", () => resolve());
    });
  } finally {
    signal.removeEventListener("abort", leave);
    await worker.terminate();
  }
  signal.throwIfAborted();
  return readOf(outcome);
}

function readOf(outcome: Outcome): ReadMessage {
  switch (outcome.kind) {
    case "read":
      return outcome;
    case "refused":
      throw new UploadError(outcome.code, outcome.detail);
    case "failed":
      throw new UploadError("UPLOAD_FAILED", firstLine(outcome.trace), { cause: errorIn(outcome.trace) });
  }
}

/** An error as it was in the thread. */
const errorIn = (trace: string): Error => Object.assign(new Error("in the thread"), { stack: trace });

const firstLine = (text: string): string => text.split("\n", 1)[0] ?? "";
