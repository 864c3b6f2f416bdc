import { parentPort, workerData } from "node:worker_threads";
import { UploadError } from "../upload.ts";
import { importRows } from "./importing.ts";
import type { ImportMessage, ImportTask } from "./import-protocol.ts";
import type { IsWellFormed } from "./rows.ts";

/** One upload in a thread of its own: messages as they come, then it ends. */
const task: ImportTask = workerData;
const tell = (message: ImportMessage) => parentPort?.postMessage(message);

try {
  const { isWellFormed }: { isWellFormed: IsWellFormed } = await import(task.wellFormedModule);
  await importRows(task, isWellFormed, tell);
} catch (error) {
  if (error instanceof UploadError) tell({ kind: "refused", code: error.code, detail: error.detail });
  else tell({ kind: "failed", trace: traceOf(error) });
}

/** Code and places, without the message, which may quote the file. */
function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown error";
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  const number = "errcode" in error ? ` ${String(error.errcode)}` : "";
  const places = (error.stack ?? "").split("\n").filter((line) => line.startsWith("    at "));
  return [`${code}${number}`, ...places].join("\n");
}
