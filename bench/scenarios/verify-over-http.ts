import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Circumstances, type Finding, uninterrupted } from "../finding.ts";
import { LoadGenerator } from "../load/load-generator.ts";
import type { LoadOrder, LoadResult } from "../load/load.ts";
import { median, print, printTable } from "../print.ts";
import { BenchProcess } from "../processes.ts";
import { everyAnswerRight, mergeRounds } from "../rounds.ts";
import type { MintedDocuments, PostedDocuments } from "../scene/documents.ts";
import { type Gateway, startGateway } from "../scene/gateway.ts";
import { makeScene } from "../scene/scene.ts";
import type { VerifierOrder, VerifierOutfit, VerifierRound } from "./verifier-process.ts";

const ROUNDS = { full: 5, brief: 3 } as const;
const EACH = { full: 1200, brief: 350 } as const;
/** Documents that do not count, for all workers together: each compiles for itself, see verify-in-process.ts. */
const WARM_UP = { full: 8000, brief: 1200 } as const;
/** Documents under way for each worker, in both. */
const UNDER_WAY = 8;
const ROUND_WITHIN = 120_000;

/** Documents posted to a gateway and recorded, by turns with the same documents in the same workers without all the rest; both have seen none of them before. */
export async function measureOverHttp(
  minted: MintedDocuments,
  { length, directory }: Circumstances,
): Promise<Finding<"verify.http-to-in-process">> {
  const workers = availableParallelism();
  const scene = await makeScene(join(directory, "gateway"), { trust: minted.trust });
  const gateway = await startGateway(scene, { directory, environment: { TONGYAN_WORKERS: String(workers) } });
  const trust = scene.environment["TONGYAN_TRUST"] ?? "";
  const outfit: VerifierOutfit = { workers, trust, documents: minted.documents };
  const script = "bench/scenarios/verifier-process.ts";
  const pool = new BenchProcess(script, [JSON.stringify(outfit)], join(directory, "pool.log"));
  const generator = new LoadGenerator();
  try {
    await pool.hear(null, ROUND_WITHIN);
    const connections = workers * UNDER_WAY;
    const rounds = await takeTurns(length, {
      post: (first, count) => post({ gateway, generator, minted, connections }, { first, count }),
      verify: async (first, count) => {
        const order: VerifierOrder = { first, count, underWay: connections };
        return count / (await pool.hear<VerifierRound>(order, ROUND_WITHIN)).seconds;
      },
    });
    return report(rounds, { workers, connections });
  } finally {
    await Promise.all([gateway.stop(), pool.stop(), generator.stop()]);
  }
}

type Turns = {
  readonly post: (first: number, count: number) => Promise<LoadResult>;
  readonly verify: (first: number, count: number) => Promise<number>;
};
type Rounds = { readonly posted: readonly LoadResult[]; readonly inProcess: readonly number[]; readonly each: number };

async function takeTurns(length: Circumstances["length"], { post, verify }: Turns): Promise<Rounds> {
  const [each, warmUp] = [EACH[length], WARM_UP[length]];
  const posted: LoadResult[] = [];
  const inProcess: number[] = [];
  await verify(0, warmUp);
  await post(0, warmUp);
  for (let round = 0; round < ROUNDS[length]; round++) {
    const first = warmUp + round * each;
    inProcess.push(await verify(first, each));
    posted.push(await post(first, each));
  }
  return { posted, inProcess, each };
}

type Posting = {
  readonly gateway: Gateway;
  readonly generator: LoadGenerator;
  readonly minted: MintedDocuments;
  readonly connections: number;
};

async function post(
  { gateway, generator, minted: { documents }, connections }: Posting,
  { first, count }: { readonly first: number; readonly count: number },
): Promise<LoadResult> {
  const argument: PostedDocuments = { documents, first };
  const order: LoadOrder = {
    scenario: "verify",
    subject: "gateway",
    origin: gateway.origin,
    requests: {
      kind: "module",
      module: import.meta.resolve("../scene/documents.ts"),
      export: "verifications",
      argument,
    },
    tokens: await gateway.tokens(),
    pace: { kind: "closed" },
    connections,
    warmUpSeconds: 0,
    length: { answers: count },
    patienceSeconds: 30,
  };
  return everyAnswerRight(await generator.measure(order));
}

function report(
  { posted, inProcess, each }: Rounds,
  { workers, connections }: { readonly workers: number; readonly connections: number },
): Finding<"verify.http-to-in-process"> {
  const base = median(inProcess);
  const http = mergeRounds(posted);
  print(
    `\n${workers} workers, ${connections} documents under way; ${inProcess.length} rounds of ${each} by turns, medians; no document twice, every verdict checked\n`,
  );
  const subjects = ["the gateway's workers, in process", "Tongyan: posted over HTTP, recorded"] as const;
  printTable(
    ["", "per second", "ratio", "p50", "p99", "client busy"],
    [
      [subjects[0], base.toFixed(0), "1.00", "", "", ""],
      [
        subjects[1],
        http.perSecond.toFixed(0),
        (http.perSecond / base).toFixed(2),
        `${http.latency?.p50.toFixed(1)} ms`,
        `${http.latency?.p99.toFixed(1)} ms`,
        `${(median(posted.map(({ busy }) => busy)) * 100).toFixed(0)} %`,
      ],
    ],
  );
  const answers = inProcess.length * each;
  return {
    measurements: [
      uninterrupted("verify", subjects[0], { answers, perSecond: base, seconds: answers / base }),
      { ...http, subject: subjects[1] },
    ],
    ratios: {
      "verify.http-to-in-process": {
        title: "documents posted over HTTP and recorded, against the same workers in process",
        value: http.perSecond / base,
      },
    },
    charts: [],
  };
}
