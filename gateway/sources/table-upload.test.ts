import { describe, expect, test } from "vitest";
import { type Upload, UploadError, type UploadProgress, type UploadReport } from "#connectors/upload.ts";
import type { Caller } from "#gateway/clients/caller.ts";
import { Fault } from "#gateway/fault.ts";
import { actsIn } from "#gateway/log/recorded-acts.ts";
import { actIn, actLog } from "#gateway/log/test-act-log.ts";
import { uploadsTo } from "./table-upload.ts";

const OPERATOR: Caller = {
  id: "operator",
  network: "loopback",
  authentication: "token",
  organisation: null,
  roles: ["operator"],
  perMinute: 600,
};
const REPORT: UploadReport = {
  replaced: true,
  version: 2,
  rows: 900_000,
  accepted: 899_999,
  refused: [{ row: 7, column: "面积", code: "VALUE_INVALID" }],
  refusedTotal: 1,
  asOf: "2026-11-20T16:00:00Z",
  sha256: "ab".repeat(32),
};
const UPLOAD: Upload = { format: "csv", bytes: (async function* () {})() };
const progressAt = (rows: number): UploadProgress => ({
  phase: "reading",
  rows,
  rowsPerSecond: 60_000,
  bytes: rows * 200,
  totalBytes: 180_000_000,
});

type Line = Readonly<Record<string, unknown>> & { readonly message: string };

/** `failing` before anything was read, `switching` as the records come into use. */
type Circumstances = {
  readonly report: UploadReport;
  readonly permit: () => void;
  readonly failing: Error;
  readonly switching: Error;
  readonly log: ReturnType<typeof actLog>;
};

/** An import that tells of its progress every 250 ms, for so many milliseconds; and the lines of the log about it. */
async function takeIn(duration: number, more: Partial<Circumstances> = {}) {
  const { report = REPORT, permit = () => undefined, failing, switching, log = actLog() } = more;
  const adopted: string[] = [];
  const lines: Line[] = [];
  const time = { now: 1_000_000 };
  const told: number[] = [];
  const upload = uploadsTo({
    sources: {
      async upload(source, { onProgress, beforeUse }) {
        for (const end = time.now + duration; time.now < end; time.now += 250) onProgress?.(progressAt(time.now / 250));
        if (failing !== undefined) throw failing;
        if (!report.replaced) return report;
        await beforeUse?.(report);
        if (switching !== undefined) throw switching;
        adopted.push(source);
        return report;
      },
    },
    permit,
    acts: actsIn({ log, clock: () => time.now, onTrouble: () => undefined }),
    logger: {
      info: (members: object, message: string) => {
        lines.push({ ...members, message });
        told.push(time.now - 1_000_000);
      },
    },
    clock: () => time.now,
  });
  const outcome = await upload(OPERATOR, "hefei", UPLOAD, new AbortController().signal).catch(
    (error: unknown) => error,
  );
  return { outcome, lines, told, log, adopted };
}

describe("the log about an import", () => {
  test("a short one is one line, of what came of it", async () => {
    const { outcome, lines } = await takeIn(4_750);
    expect(outcome).toMatchObject({ report: REPORT });
    expect(lines).toEqual([
      {
        source: "hefei",
        replaced: true,
        version: 2,
        rows: 900_000,
        refused: 1,
        milliseconds: 4_750,
        message: "a table is in use",
      },
    ]);
  });

  test("a long one tells how far it is every five seconds, in numbers", async () => {
    const { lines, told } = await takeIn(17_000);
    expect(told).toEqual([5_000, 10_000, 15_000, 17_000]);
    expect(lines[0]).toEqual({
      source: "hefei",
      ...progressAt(1_005_000 / 250),
      message: "a table is being taken in",
    });
  });

  test("a table with refused rows that did not replace the former one", async () => {
    const { lines } = await takeIn(0, { report: { ...REPORT, replaced: false, version: null } });
    expect(lines).toEqual([expect.objectContaining({ replaced: false, refused: 1, message: "a table was refused" })]);
    expect(JSON.stringify(lines)).not.toContain("面积");
  });

  test("nothing is said of a table that could not be read: its error says it", async () => {
    const failing = new UploadError("CSV_MALFORMED", "row 7");
    expect(await takeIn(0, { failing })).toMatchObject({ outcome: failing, lines: [] });
  });

  test("whoever may not upload reaches no source", async () => {
    const permit = () => {
      throw new Fault("DENIED");
    };
    const { outcome, lines } = await takeIn(17_000, { permit });
    expect(outcome).toMatchObject({ code: "DENIED" });
    expect(lines).toEqual([]);
  });
});

describe("the record of an upload", () => {
  test("is there before the records come into use, with digest and counts and no value", async () => {
    const { outcome, log, adopted } = await takeIn(0);
    expect(log.acts()).toEqual([
      [
        "upload-table",
        "source/hefei",
        { digest: `sha256:${REPORT.sha256}`, asOf: REPORT.asOf, rows: 900_000, accepted: 899_999, refused: 1 },
      ],
    ]);
    expect(log.entries.map((entry) => actIn(entry).client?.id)).toEqual(["operator"]);
    expect(outcome).toMatchObject({ exchange: log.entries[0]?.record.id });
    expect(adopted).toEqual(["hefei"]);
  });

  test("there is none of a table that replaced nothing", async () => {
    const { outcome, log } = await takeIn(0, { report: { ...REPORT, replaced: false, version: null } });
    expect(outcome).toMatchObject({ exchange: null });
    expect(log.entries).toEqual([]);
  });

  test("without it the former records stay", async () => {
    const log = actLog();
    log.refuses = () => true;
    const { outcome, adopted } = await takeIn(0, { log });
    expect(outcome).toMatchObject({ code: "LOG_UNAVAILABLE" });
    expect(adopted).toEqual([]);
  });

  test("a table that could not come into use after all leaves a second one", async () => {
    const switching = new UploadError("UPLOAD_FAILED", "ENOSPC");
    const { outcome, log } = await takeIn(0, { switching });
    expect(outcome).toBe(switching);
    expect(log.acts().at(-1)).toEqual([
      "report-failure",
      `exchange/${log.entries[0]?.record.id}`,
      { act: "upload-table", code: "UPLOAD_FAILED" },
    ]);
  });
});
