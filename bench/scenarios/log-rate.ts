import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readCheckpoint } from "#gateway/log/checkpoint-file.ts";
import { type ExchangeLog, openExchangeLog } from "#gateway/log/exchange-log.ts";
import { parseLeaf } from "#gateway/log/leaf.ts";
import { tileFilesIn } from "#gateway/log/tile-files.ts";
import { decodeBundle } from "#gateway/log/tlog/entry-bundle.ts";
import { TILE_WIDTH, widthOf } from "#gateway/log/tlog/tiles.ts";
import { TileTree } from "#gateway/log/tlog/tile-tree.ts";
import { type PinnedKey, readVerifierKey } from "#gateway/log/tlog/verifiers.ts";
import { verifyReceipt } from "#gateway/log/receipts/verify-receipt.ts";
import { appendFor as appendBare } from "../baselines/append.ts";
import { type Circumstances, type Finding, uninterrupted } from "../finding.ts";
import { median, print, printTable } from "../print.ts";
import { entrySize, lookupEntry } from "../scene/log-entries.ts";

const ROUNDS = { full: 5, brief: 3 } as const;
const SECONDS = { full: 3, brief: 1 } as const;
/** Entries that wait for the log at once, as callers of a busy gateway do. */
const APPENDERS = 1024;
/** Entries of one batch, and so of one fdatasync. */
const BATCH = 256;
const RECEIPTS = 200;
const ORIGIN = "bench.example/log";

/** `main` and `all`: microseconds of CPU for one entry, of the appending thread and of the whole process. */
type Round = { readonly entries: number; readonly seconds: number; readonly main: number; readonly all: number };
type Rounds = { readonly log: readonly Round[]; readonly bare: readonly Round[] };
type Ratio = "log.to-bare-append" | "log.entries-per-second";

/** The log and a bare file by turns, in one run; then every entry that was acknowledged is looked for, and the tree is built anew. */
export async function compareRates({ length, directory }: Circumstances): Promise<Finding<Ratio>> {
  mkdirSync(directory, { recursive: true });
  const size = entrySize();
  const bytes = await journalBytes(join(directory, "sample"));
  print(`\nentries: records of ${size.record} bytes, answers of ${size.answer}, ${bytes} bytes each in the journal`);
  const log = await openLog(directory);
  const acknowledged: string[] = [];
  const rounds: { log: Round[]; bare: Round[] } = { log: [], bare: [] };
  await appendFor(1, log, acknowledged);
  for (let round = 0; round < ROUNDS[length]; round++) {
    rounds.bare.push(bareAppend(SECONDS[length], { file: join(directory, "bare"), bytes }));
    rounds.log.push(await appendFor(SECONDS[length], log, acknowledged));
    await log.index.settle();
  }
  printRounds(rounds, length);
  await checkReceipts(log, acknowledged);
  const keys = keysOf(log);
  await log.close();
  checkEntries(directory, keys, acknowledged);
  return report(rounds);
}

const openLog = (directory: string): Promise<ExchangeLog> =>
  openExchangeLog({
    directory: join(directory, "log"),
    keys: join(directory, "keys"),
    origin: { name: ORIGIN, host: "" },
    clock: Date.now,
    onTrouble: (what, detail) => print(`${what}: ${detail}`),
  });

/** Of one entry, as it stands in the journal. */
async function journalBytes(directory: string): Promise<number> {
  const log = await openLog(directory);
  const journal = join(directory, "log", "journal");
  for (let entry = 0; entry < BATCH; entry++) await log.append(lookupEntry(entry));
  const bytes = readdirSync(journal).reduce((sum, name) => sum + statSync(join(journal, name)).size, 0);
  await log.close();
  return Math.round(bytes / BATCH);
}

async function appendFor(seconds: number, log: ExchangeLog, acknowledged: string[]): Promise<Round> {
  const before = acknowledged.length;
  const over = new AbortController();
  const [main, all, start] = [process.threadCpuUsage(), process.cpuUsage(), performance.now()];
  const appending = Array.from({ length: APPENDERS }, async (_, serial) => {
    while (!over.signal.aborted) {
      const entry = lookupEntry(serial);
      await log.append(entry);
      acknowledged.push(entry.record.id);
    }
  });
  await sleep(seconds * 1000);
  over.abort();
  await Promise.all(appending);
  const entries = acknowledged.length - before;
  const elapsed = (performance.now() - start) / 1000;
  const [ofMain, ofAll] = [process.threadCpuUsage(main), process.cpuUsage(all)];
  return {
    entries,
    seconds: elapsed,
    main: (ofMain.user + ofMain.system) / entries,
    all: (ofAll.user + ofAll.system) / entries,
  };
}

/** The same bytes in the same batches, and nothing else. */
function bareAppend(seconds: number, { file, bytes }: { readonly file: string; readonly bytes: number }): Round {
  const appended = appendBare(seconds, { file, bytes, batch: BATCH });
  const { entries, microseconds } = appended;
  return { entries, seconds: appended.seconds, main: microseconds, all: microseconds };
}

const SUBJECTS = { bare: "bare append and fdatasync", log: "Tongyan: the exchange log" } as const;

const rateOf = (rounds: readonly Round[]): number => median(rounds.map(({ entries, seconds }) => entries / seconds));

function printRounds({ log, bare }: Rounds, length: Circumstances["length"]): void {
  const figure = (rounds: readonly Round[], name: "main" | "all"): number => median(rounds.map((round) => round[name]));
  const row = (name: string, rounds: readonly Round[]): string[] => [
    name,
    rateOf(rounds).toFixed(0),
    (rateOf(rounds) / rateOf(bare)).toFixed(2),
    `${figure(rounds, "main").toFixed(1)} µs`,
    `${figure(rounds, "all").toFixed(1)} µs`,
  ];
  print(
    `\n${ROUNDS[length]} rounds of ${SECONDS[length]} s each by turns, medians; ${APPENDERS} entries under way, ${BATCH} to a batch\n`,
  );
  printTable(
    ["", "durable per second", "ratio", "CPU of the appending thread", "of all threads"],
    [row(SUBJECTS.bare, bare), row(SUBJECTS.log, log)],
  );
}

function report(rounds: Rounds): Finding<Ratio> {
  const total = (name: keyof Rounds, figure: "entries" | "seconds"): number =>
    rounds[name].reduce((sum, round) => sum + round[figure], 0);
  return {
    measurements: (["bare", "log"] as const).map((name) =>
      uninterrupted("log", SUBJECTS[name], {
        answers: total(name, "entries"),
        seconds: total(name, "seconds"),
        perSecond: rateOf(rounds[name]),
      }),
    ),
    ratios: {
      "log.to-bare-append": {
        title: "durable entries of the log, against the same bytes appended to a bare file with fdatasync",
        value: rateOf(rounds.log) / rateOf(rounds.bare),
      },
      "log.entries-per-second": { title: "durable entries a second", value: rateOf(rounds.log) },
    },
    charts: [],
  };
}

const keysOf = (log: ExchangeLog): PinnedKey[] => log.public.keys().trimEnd().split("\n").map(readVerifierKey);

/** Throws when a receipt does not hold. */
async function checkReceipts(log: ExchangeLog, acknowledged: readonly string[]): Promise<void> {
  const question = { keys: keysOf(log), witnesses: [], request: null, answer: null, now: Date.now() + 1000 };
  const start = performance.now();
  for (let receipt = 0; receipt < RECEIPTS; receipt++) {
    const id = acknowledged[Math.floor((receipt / RECEIPTS) * acknowledged.length)] ?? "";
    const outcome = verifyReceipt(Buffer.from((await log.receipt(id)) ?? ""), question);
    if (!outcome.holds) throw new Error(`the receipt of ${id} does not hold: ${outcome.fault.code}`);
  }
  const each = (performance.now() - start) / RECEIPTS;
  print(`\n${RECEIPTS} receipts made and verified offline, every one holds: ${each.toFixed(2)} ms each`);
}

/** Throws when an acknowledged entry is not in the log, or the leaves have another root than the signed one. */
function checkEntries(directory: string, keys: readonly PinnedKey[], acknowledged: readonly string[]): void {
  const log = join(directory, "log");
  const checkpoint = readCheckpoint(log, { origin: ORIGIN, verifiers: keys.map(({ verifier }) => verifier) });
  const { bundle } = tileFilesIn(log);
  const tree = TileTree.empty();
  const there = new Set<string>();
  const size = checkpoint?.size ?? 0;
  for (let n = 0; n * TILE_WIDTH < size; n++) {
    const width = widthOf(0, n, size);
    for (const leaf of decodeBundle(bundle(n, width), width)) {
      tree.append(leaf);
      there.add(parseLeaf(leaf).id);
    }
    tree.takeFull();
  }
  const missing = acknowledged.filter((id) => !there.has(id)).length;
  if (missing > 0) throw new Error(`${missing} acknowledged entries are not in the log`);
  if (checkpoint === null || !tree.root().equals(checkpoint.root)) throw new Error("the tree has another root");
  print(`${acknowledged.length} acknowledged entries, every one in the log; its leaves have the root that is signed`);
}
