import type { Upload, UploadProgress, UploadReport } from "#connectors/upload.ts";
import type { Caller } from "#gateway/clients/caller.ts";
import type { SourceKeeper } from "./source-keeper.ts";

type UploadTable = (caller: Caller, source: string, upload: Upload, signal: AbortSignal) => Promise<UploadReport>;

type Parts = {
  readonly sources: Pick<SourceKeeper, "upload">;
  /** Throws Fault DENIED or AUTHENTICATION_REQUIRED. */
  readonly permit: (caller: Caller, action: "administer") => void;
  readonly logger: { readonly info: (numbers: object, message: string) => void };
  /** Milliseconds. */
  readonly clock: () => number;
};

/** Between two lines about one upload, and before the first (ms). */
const TELL_EVERY = 5_000;

/** For operators. A long import tells the log how far it is, in numbers only; each says what came of it. */
export const uploadsTo =
  ({ sources, permit, logger, clock }: Parts): UploadTable =>
  async (caller, source, upload, signal) => {
    permit(caller, "administer");
    const begun = clock();
    const tell = seldom(clock, (progress) => logger.info({ source, ...progress }, "a table is being taken in"));
    const onProgress = (progress: UploadProgress): void => {
      upload.onProgress?.(progress);
      tell(progress);
    };
    const report = await sources.upload(source, { ...upload, onProgress }, signal);
    const { replaced, version, rows, refusedTotal: refused } = report;
    logger.info(
      { source, replaced, version, rows, refused, milliseconds: clock() - begun },
      replaced ? "a table is in use" : "a table was refused",
    );
    return report;
  };

function seldom(clock: () => number, tell: (progress: UploadProgress) => void): (progress: UploadProgress) => void {
  let toldAt = clock();
  return (progress) => {
    const now = clock();
    if (now - toldAt < TELL_EVERY) return;
    toldAt = now;
    tell(progress);
  };
}
