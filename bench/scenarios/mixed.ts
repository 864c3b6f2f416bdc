import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Circumstances, Finding } from "../finding.ts";
import { LoadGenerator } from "../load/load-generator.ts";
import type { LoadProgress, LoadResult } from "../load/load.ts";
import { print, printTable } from "../print.ts";
import { everyAnswerRight, mergeRounds } from "../rounds.ts";
import { mintDocuments, type MintedDocuments } from "../scene/documents.ts";
import { type Gateway, startGateway } from "../scene/gateway.ts";
import { BLEND_IN_WORDS, EXCHANGES_OF_HUNDRED, type Mixture } from "../scene/mixture.ts";
import { CLIENT, inquiryRequest } from "../scene/questions.ts";
import { fillTable, makeScene } from "../scene/scene.ts";

type Ratio = "mixed.memory-growth" | "mixed.exchanges-per-second";

/** Exchanges after which the gateway's memory is looked at: the first mark against the last. */
const MARKS = {
  full: [10_000, 30_000, 100_000, 200_000, 400_000, 600_000, 800_000, 1_000_000],
  brief: [10_000, 20_000, 40_000],
} as const;
const DOCUMENTS = { full: 8000, brief: 1000 } as const;
const RECEIPTS = 200;
const CONNECTIONS = 64;
const PATIENCE = 60;
/** What is under way in the gateway's threads ends, and what nobody needs is given back. */
const REST = 3000;
const TOKENS_EVERY = 240_000;
const PROGRESS_EVERY = 30;
const MEBIBYTE = 1024 * 1024;

/** Everything that callers do, blended, every answer checked; and what the gateway's process, all its threads together, takes of memory on the way. */
export async function run({ length, directory }: Circumstances): Promise<Finding<Ratio>> {
  const marks = MARKS[length];
  if (length === "brief") print(`brief: ${marks.at(-1)} exchanges in place of ${MARKS.full.at(-1)}`);
  print(BLEND_IN_WORDS);
  const minted = await mintDocuments(DOCUMENTS[length], directory);
  const place = join(directory, "gateway");
  mkdirSync(place);
  const scene = await makeScene(place, { trust: minted.trust });
  await (await fillTable(scene)).close();
  const generator = new LoadGenerator();
  const gateway = await startGateway(scene, { directory });
  try {
    const receipts = await makeReceipts(gateway);
    const stretches = await askTo(marks, { gateway, generator, minted, receipts });
    return report(stretches);
  } finally {
    await Promise.all([gateway.stop(), generator.stop()]);
  }
}

/** Paths of receipts of exchanges that were made for it. */
async function makeReceipts({ origin, tokens }: Gateway): Promise<readonly string[]> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${(await tokens())[CLIENT]}` };
  const paths: string[] = [];
  for (let serial = 0; serial < RECEIPTS; serial++) {
    const { path, body } = inquiryRequest({ inquiry: "lookup", subject: "gateway" }, serial);
    const signal = AbortSignal.timeout(PATIENCE * 1000);
    const response = await fetch(`${origin}${path}`, { method: "POST", headers, body: String(body), signal });
    const { exchange } = (await response.json()) as { readonly exchange?: { readonly receipt: string } };
    if (exchange === undefined) throw new Error(`the gateway does not answer: ${response.status}`);
    paths.push(new URL(exchange.receipt, origin).pathname);
  }
  return paths;
}

type Asking = {
  readonly gateway: Gateway;
  readonly generator: LoadGenerator;
  readonly minted: MintedDocuments;
  readonly receipts: readonly string[];
};
/** To a mark. `recorded`: entries of the log, by its own checkpoint; `resident` in bytes. */
type Stretch = {
  readonly result: LoadResult;
  readonly exchanges: number;
  readonly recorded: number;
  readonly resident: number;
};

async function askTo(marks: readonly number[], asking: Asking): Promise<readonly Stretch[]> {
  const stretches: Stretch[] = [];
  let first = 0;
  for (const mark of marks) {
    const until = Math.round((mark * 100) / EXCHANGES_OF_HUNDRED);
    const result = await askMixture(asking, { first, answers: until - first });
    first = until;
    await sleep(REST);
    const recorded = await entriesIn(asking.gateway);
    if (recorded < mark) throw new Error(`${recorded} entries in the log after ${mark} exchanges`);
    stretches.push({ result, exchanges: mark, recorded, resident: asking.gateway.process.resident });
    print(`${mark} exchanges: ${megabytes(asking.gateway.process.resident)} MB`);
  }
  return stretches;
}

const megabytes = (bytes: number): number => Math.round(bytes / MEBIBYTE);

async function askMixture(
  { gateway, generator, minted: { documents }, receipts }: Asking,
  { first, answers }: { readonly first: number; readonly answers: number },
): Promise<LoadResult> {
  const argument: Mixture = { first, documents, receipts };
  const renewing = setInterval(async () => generator.authorize(await gateway.tokens()), TOKENS_EVERY);
  const result = await generator
    .measure(
      {
        scenario: "mixed",
        subject: "gateway",
        origin: gateway.origin,
        requests: {
          kind: "module",
          module: import.meta.resolve("../scene/mixture.ts"),
          export: "mixture",
          argument,
        },
        tokens: await gateway.tokens(),
        pace: { kind: "closed" },
        connections: CONNECTIONS,
        warmUpSeconds: 0,
        length: { answers },
        patienceSeconds: PATIENCE,
      },
      progressPrinter(answers),
    )
    .finally(() => clearInterval(renewing));
  return everyAnswerRight(result);
}

function progressPrinter(wanted: number): (progress: LoadProgress) => void {
  let next = PROGRESS_EVERY;
  return ({ seconds, answers, perSecond }) => {
    if (seconds < next) return;
    next += PROGRESS_EVERY;
    print(`  ${answers} of ${wanted} requests answered, ${perSecond.toFixed(0)} per second`);
  };
}

/** Of the log, by its public checkpoint: the second line is the tree's size. */
async function entriesIn({ origin }: Gateway): Promise<number> {
  const response = await fetch(`${origin}/log/checkpoint`, { signal: AbortSignal.timeout(PATIENCE * 1000) });
  return Number((await response.text()).split("\n")[1]);
}

function report(stretches: readonly Stretch[]): Finding<Ratio> {
  const [first, last] = [stretches[0], stretches.at(-1)];
  const merged = mergeRounds(stretches.map(({ result }) => result));
  const perSecond = (merged.perSecond * EXCHANGES_OF_HUNDRED) / 100;
  print("\nall blended in one gateway, every answer checked\n");
  printTable(
    ["exchanges", "requests per second", "p50", "p99", "memory of all threads"],
    stretches.map(({ exchanges, result: { perSecond, latency }, resident }) => [
      String(exchanges),
      perSecond.toFixed(0),
      `${latency?.p50.toFixed(1)} ms`,
      `${latency?.p99.toFixed(1)} ms`,
      `${megabytes(resident)} MB`,
    ]),
  );
  const value = (last?.resident ?? Number.NaN) / (first?.resident ?? Number.NaN);
  return {
    measurements: [merged],
    ratios: {
      "mixed.memory-growth": {
        title: `memory after ${last?.exchanges.toLocaleString("en")} mixed exchanges, against after ${first?.exchanges.toLocaleString("en")}`,
        value,
      },
      "mixed.exchanges-per-second": { title: "exchanges a second, all kinds blended", value: perSecond },
    },
    charts: [
      {
        title: "Memory of the gateway over mixed exchanges",
        x: { label: "exchanges", scale: "logarithmic" },
        y: { label: "MB", scale: "linear" },
        series: [
          {
            name: "resident, all threads",
            points: stretches.map(({ exchanges, resident }) => [exchanges, resident / MEBIBYTE]),
          },
        ],
      },
    ],
  };
}
