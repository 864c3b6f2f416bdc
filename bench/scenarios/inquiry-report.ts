import { LONG, type Stalls } from "../baselines/clock.ts";
import type { Finding } from "../finding.ts";
import { median, print, printTable } from "../print.ts";
import type { Measurement } from "../report/bench-run.ts";
import { mergeRounds } from "../rounds.ts";
import type { Round } from "../scene/asking.ts";
import type { Subject } from "../scene/questions.ts";
import { TITLES } from "./inquiry-servers.ts";

export type Kind = "lookup" | "match";
export type RatioOf<Name extends Kind> =
  | `${Name}.gateway-to-fastify`
  | `${Name}.p99-to-median`
  | `${Name}.policy-microseconds`
  | `${Name}.table-lookups-per-second`
  | `${Name}.machine-stall-milliseconds`;
export type Rounds = ReadonlyMap<Subject, readonly Round[]>;
/** At half of the rate that the gateway had at most. */
export type Paced = { readonly [Each in "gateway" | "bare Fastify"]: readonly Round[] };
/** `cold`, `warm`: microseconds of a decision. `table`: lookups a second. */
export type Parts = { readonly cold: number; readonly warm: number; readonly table: number };

const MEBIBYTE = 1024 * 1024;

const medianOf = (rounds: readonly Round[], figure: "perSecond" | "cost" | "busy" | "bytes"): number =>
  median(rounds.map((round) => round[figure]));

/** By how many connections asked, as they came. */
const byConnections = (rounds: readonly Round[]): readonly (readonly Round[])[] => [
  ...Map.groupBy(rounds, ({ connections }) => connections).values(),
];

/** Answers a second, with as many connections as the server did most with. */
export const bestRate = (rounds: readonly Round[] = []): number =>
  Math.max(...byConnections(rounds).map((alike) => medianOf(alike, "perSecond")));

/** `rounds` of `seconds` each. `stalls`: of the machine with nothing asked. */
type Found = {
  readonly rounds: Rounds;
  readonly paced: Paced;
  readonly parts: Parts;
  readonly stalls: Stalls;
  readonly seconds: number;
};

export function report<Name extends Kind>(
  name: Name,
  { rounds, paced, parts, stalls, seconds }: Found,
): Finding<RatioOf<Name>> {
  printRounds(rounds, seconds);
  const measurements = [...rounds.values()].flatMap(byConnections).map(mergeRounds);
  const merged = { gateway: mergeRounds(paced.gateway), "bare Fastify": mergeRounds(paced["bare Fastify"]) };
  for (const subject of ["bare Fastify", "gateway"] as const) printPaced(merged[subject]);
  printStalls(stalls);
  const [first, last] = [rounds.get("gateway")?.[0], rounds.get("gateway")?.at(-1)];
  print(`memory of the gateway: ${megabytes(first)} MB after the first round, ${megabytes(last)} MB after the last`);
  // A percentile over all rounds would be that of the worst one.
  const tail = median(paced.gateway.map(({ latency }) => (latency?.p99 ?? Number.NaN) / (latency?.p50 ?? Number.NaN)));
  const ratios = {
    [`${name}.gateway-to-fastify`]: {
      title: `${name}, whole exchange, against bare Fastify of the same shape`,
      value: bestRate(rounds.get("gateway")) / bestRate(rounds.get("bare Fastify")),
    },
    [`${name}.p99-to-median`]: { title: `${name}, p99 at half the maximum rate against the median`, value: tail },
    [`${name}.policy-microseconds`]: { title: `${name}, a decision made before, µs`, value: parts.warm },
    [`${name}.table-lookups-per-second`]: {
      title: `${name}, the table alone in one process, lookups a second`,
      value: parts.table,
    },
    [`${name}.machine-stall-milliseconds`]: {
      title: `${name}, the machine alone: what a thread on each core that only reads the clock misses at most at once, ms`,
      value: stalls.longest,
    },
  } as Finding<RatioOf<Name>>["ratios"];
  return { measurements: [...measurements, merged["bare Fastify"], merged.gateway], ratios, charts: [] };
}

const megabytes = (round: Round | undefined): number => Math.round((round?.resident ?? Number.NaN) / MEBIBYTE);

function printRounds(rounds: Rounds, seconds: number): void {
  const base = bestRate(rounds.get("bare Fastify"));
  const rows = [...rounds].flatMap(([subject, asked]) =>
    byConnections(asked).map((alike) => {
      const { connections, perSecond, latency } = mergeRounds(alike);
      return [
        TITLES[subject],
        String(connections),
        perSecond.toFixed(0),
        (perSecond / base).toFixed(2),
        `${latency?.p50.toFixed(1)} ms`,
        `${latency?.p99.toFixed(1)} ms`,
        medianOf(alike, "bytes").toFixed(0),
        `${medianOf(alike, "cost").toFixed(1)} µs`,
        `${(medianOf(alike, "busy") * 100).toFixed(0)} %`,
      ];
    }),
  );
  const all = [...rounds.values()].flat();
  const answers = all.reduce((sum, { answers }) => sum + answers, 0);
  print(`\n${all.length} rounds of ${seconds} s each by turns, medians; ${answers} answers, every one checked\n`);
  printTable(["", "connections", "per second", "ratio", "p50", "p99", "bytes", "server CPU", "client busy"], rows);
}

const printPaced = ({ subject, pace, latency, answers }: Measurement): void =>
  print(
    `${subject}, at a fixed ${pace.kind === "fixed" ? pace.perSecond : ""} per second: p50 ${latency?.p50.toFixed(2)} ms, p99 ${latency?.p99.toFixed(2)} ms (${answers} answers)`,
  );

const printStalls = ({ threads, seconds, missed, long, longest }: Stalls): void =>
  print(
    `the machine alone: ${threads} threads that only read the clock miss ${(missed * 100).toFixed(1)} % of ${seconds} s, ${long} times more than ${LONG} ms at once, at most ${longest.toFixed(1)} ms`,
  );
