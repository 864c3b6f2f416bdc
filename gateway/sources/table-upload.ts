import type { Upload, UploadProgress, UploadRead, UploadReport } from "#connectors/upload.ts";
import type { Caller } from "#gateway/clients/caller.ts";
import type { Act } from "#gateway/log/acts.ts";
import { type Acts, namingExchange, type RecordedAct } from "#gateway/log/recorded-acts.ts";
import type { SourceKeeper } from "./source-keeper.ts";

/** `exchange`: where the log has it; null when the former records stay in use. */
export type UploadOutcome = { readonly report: UploadReport; readonly exchange: string | null };
type UploadTable = (caller: Caller, source: string, upload: Upload, signal: AbortSignal) => Promise<UploadOutcome>;

type Parts = {
  readonly sources: Pick<SourceKeeper, "upload">;
  /** Throws Fault DENIED or AUTHENTICATION_REQUIRED. */
  readonly permit: (caller: Caller, action: "administer") => void;
  readonly acts: Pick<Acts, "record">;
  readonly logger: { readonly info: (numbers: object, message: string) => void };
  /** Milliseconds. */
  readonly clock: () => number;
};

/** Between two lines about one upload, and before the first (ms). */
const TELL_EVERY = 5_000;

/** For operators. Records come into use when that is on record. A long import tells the service's log how far it is, in numbers only; each says what came of it. */
export const uploadsTo =
  ({ sources, permit, acts, logger, clock }: Parts): UploadTable =>
  async (caller, source, upload, signal) => {
    permit(caller, "administer");
    const begun = clock();
    const tell = seldom(clock, (progress) => logger.info({ source, ...progress }, "a table is being taken in"));
    const onProgress = (progress: UploadProgress): void => {
      upload.onProgress?.(progress);
      tell(progress);
    };
    const recorded: RecordedAct[] = [];
    const beforeUse = async (read: UploadRead): Promise<void> => {
      await upload.beforeUse?.(read);
      recorded.push(await acts.record(uploadAct(source, read), caller));
    };
    const given = { ...upload, onProgress, beforeUse };
    const report = await sources
      .upload(source, given, signal)
      .catch(async (error: unknown) => await failedAfter(recorded[0], error));
    const { replaced, version, rows, refusedTotal: refused } = report;
    logger.info(
      { source, replaced, version, rows, refused, milliseconds: clock() - begun },
      replaced ? "a table is in use" : "a table was refused",
    );
    return { report, exchange: recorded[0]?.exchange ?? null };
  };

const uploadAct = (source: string, { sha256, asOf, rows, accepted, refusedTotal }: UploadRead): Act => ({
  act: "upload-table",
  to: `source/${source}`,
  detail: { digest: `sha256:${sha256}`, asOf, rows, accepted, refused: refusedTotal },
});

async function failedAfter(recorded: RecordedAct | undefined, error: unknown): Promise<never> {
  if (recorded === undefined) throw error;
  await recorded.cameToNothing(error);
  throw namingExchange(error, recorded.exchange);
}

function seldom(clock: () => number, tell: (progress: UploadProgress) => void): (progress: UploadProgress) => void {
  let toldAt = clock();
  return (progress) => {
    const now = clock();
    if (now - toldAt < TELL_EVERY) return;
    toldAt = now;
    tell(progress);
  };
}
