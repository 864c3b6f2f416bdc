import { mkdir, rm } from "node:fs/promises";
import { readMoment } from "../moment.ts";
import type { Surroundings } from "../settings.ts";
import { type Upload, UploadError, type UploadRead, type UploadReport } from "../upload.ts";
import { codeOf } from "./error-code.ts";
import type { ImportTask } from "./import-protocol.ts";
import { importInThread } from "./import-thread.ts";
import { layoutOf } from "./layout.ts";
import { ProgressTeller } from "./progress-teller.ts";
import { letGo, receive, SenderFailure } from "./receiving.ts";
import type { TableSettings } from "./settings.ts";
import { TableDirectory } from "./table-directory.ts";
import { TableFile } from "./table-file.ts";

type Around = Pick<Surroundings, "id" | "dataDirectory" | "clock"> & { readonly wellFormedModule: string };

/** Directories that an upload of this process is at work in. */
const atWork = new Set<string>();

/** How far ahead of ours the clock of whoever states `asOf` may be (ms). */
const CLOCK_SKEW = 300_000;

/**
 * Takes an uploaded CSV or XLSX file into use in place of the former one, whole or not at all: received to disk, read, checked
 * and indexed in a thread of its own, then switched over. Throws UploadError, what `bytes` or `beforeUse` throws, or the signal's reason; the
 * former records are in use then, as they are when the report says `replaced: false`. `bytes` are let go of in any case.
 */
export async function importTable(
  upload: Upload,
  settings: TableSettings,
  around: Around,
  signal: AbortSignal,
): Promise<UploadReport> {
  const directory = new TableDirectory(around.dataDirectory, around.id);
  try {
    signal.throwIfAborted();
    const asOf = asOfOf(upload, around.clock());
    if (atWork.has(directory.path)) throw new UploadError("UPLOAD_UNDERWAY", around.id);
    return await alone(directory, () => takeIn(upload, settings, { ...around, directory, asOf, signal }));
  } catch (error) {
    letGo(upload.bytes);
    signal.throwIfAborted();
    if (error instanceof SenderFailure) throw error.cause;
    throw error instanceof UploadError ? error : new UploadError("UPLOAD_FAILED", codeOf(error), { cause: error });
  }
}

/** Leaves nothing unfinished behind. */
async function alone<Result>(directory: TableDirectory, work: () => Promise<Result>): Promise<Result> {
  atWork.add(directory.path);
  try {
    await mkdir(directory.path, { recursive: true });
    return await work();
  } finally {
    await Promise.allSettled(
      (["upload", "records", "texts"] as const).map((kind) => rm(directory.unfinished(kind), { force: true })),
    );
    atWork.delete(directory.path);
  }
}

type Circumstances = {
  readonly directory: TableDirectory;
  readonly asOf: string;
  readonly signal: AbortSignal;
  readonly wellFormedModule: string;
};

async function takeIn(upload: Upload, settings: TableSettings, circumstances: Circumstances): Promise<UploadReport> {
  const { directory, asOf, signal, wellFormedModule } = circumstances;
  const progress = new ProgressTeller(upload.onProgress);
  const received = await receive(upload.bytes, {
    path: directory.unfinished("upload"),
    maxBytes: settings.maxBytes,
    signal,
    onBytes: (bytes) => progress.received(bytes),
  });
  const layout = layoutOf(settings);
  const task: ImportTask = {
    format: upload.format,
    settings,
    layout,
    wellFormedModule,
    upload: directory.unfinished("upload"),
    records: directory.unfinished("records"),
    texts: directory.unfinished("texts"),
    asOf,
    sha256: received.sha256,
  };
  progress.beginReading();
  const read = await importInThread(task, signal, (message) => progress.read(message, received.bytes));
  progress.end(read.rows, received.bytes);
  const { rows, accepted, refused, refusedTotal } = read;
  const facts = { rows, accepted, refused, refusedTotal, asOf, sha256: received.sha256 };
  if (!read.finished) return { ...facts, replaced: false, version: null };
  await askLeave(upload, facts);
  return { ...facts, replaced: true, version: await switchOver(task, directory) };
}

async function askLeave({ beforeUse }: Upload, read: UploadRead): Promise<void> {
  try {
    await beforeUse?.(read);
  } catch (cause) {
    throw new SenderFailure("the sender objects", { cause });
  }
}

/** A file that cannot be opened is not taken into use. */
async function switchOver({ records, layout }: ImportTask, directory: TableDirectory): Promise<number> {
  new TableFile(records, layout).close();
  return await directory.adopt(records);
}

function asOfOf({ asOf }: Upload, now: number): string {
  if (asOf === undefined) return new Date(now).toISOString();
  const moment = readMoment(asOf);
  if (moment === null || moment > now + CLOCK_SKEW) throw new UploadError("AS_OF_INVALID", "asOf");
  return asOf;
}
