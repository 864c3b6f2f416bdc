import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";

/** `microseconds`: CPU for one entry. */
export type Appended = { readonly entries: number; readonly seconds: number; readonly microseconds: number };

/** Entries of `bytes` each go to a new file, `batch` of them under one fdatasync, for `seconds`; nothing else is done. */
export function appendFor(
  seconds: number,
  { file, bytes, batch }: { readonly file: string; readonly bytes: number; readonly batch: number },
): Appended {
  const written = Buffer.alloc(bytes * batch, "tongyan");
  const descriptor = openSync(file, "a");
  const [before, start] = [process.threadCpuUsage(), performance.now()];
  let entries = 0;
  while (performance.now() - start < seconds * 1000) {
    writeSync(descriptor, written);
    fdatasyncSync(descriptor);
    entries += batch;
  }
  const elapsed = (performance.now() - start) / 1000;
  const { user, system } = process.threadCpuUsage(before);
  closeSync(descriptor);
  rmSync(file);
  return { entries, seconds: elapsed, microseconds: (user + system) / entries };
}
