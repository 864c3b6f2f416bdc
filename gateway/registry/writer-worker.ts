// Worker thread of writer-thread.ts: writes the registry's file, so that neither fsync nor a lock holds up the service's event loop.
import { parentPort, workerData } from "node:worker_threads";
import { type ChangeRow, openWriter, type RegistryWriter } from "./registry-database.ts";

export type WriterRequest = { readonly last: number; readonly rows: readonly ChangeRow[] };
export type WriterAnswer = { readonly ok: true } | { readonly ok: false; readonly reason: string };

let writer: RegistryWriter | null = null;

/** After a failure the file is closed: that rolls back, and the next call opens it anew. */
function answer({ last, rows }: WriterRequest): WriterAnswer {
  try {
    writer ??= openWriter(workerData);
    writer.write(last, rows);
    return { ok: true };
  } catch (error) {
    abandonWriter();
    return { ok: false, reason: error instanceof Error ? error.message : "unknown" };
  }
}

function abandonWriter(): void {
  const failed = writer;
  writer = null;
  try {
    failed?.close();
  } catch {
    // The connection is given up either way; what it held was not acknowledged.
  }
}

parentPort?.on("message", (request: WriterRequest | "close") => {
  if (request !== "close") return parentPort?.postMessage(answer(request));
  abandonWriter();
  parentPort?.close();
});
