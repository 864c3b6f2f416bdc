import type { LoadResult } from "#bench/load/load.ts";
import { type BenchArguments, scenarioOf } from "./bench-arguments.ts";

/** Near 1 the process that asks is what holds everything up. */
const BUSY = 0.9;

/** What was measured, so that nobody takes one for the other. */
export function introductionOf(asked: BenchArguments, { answers, seconds, bytes }: LoadResult): string {
  const { origin, perSecond, connections } = asked;
  const how =
    perSecond === null
      ? "closed loop 闭环: each connection asks anew when it was answered"
      : `fixed rate 定速: ${perSecond} a second; times count from when a request was due`;
  return (
    `${scenarioOf(asked)}, ${origin}, ${connections} connections\n${how}\n` +
    `${answers.toLocaleString("en")} right answers in ${seconds.toFixed(1)} s, every answer checked; ${Math.round(bytes).toLocaleString("en")} bytes on average`
  );
}

/** What a reader of the figures has to know. */
export function hintsFor(asked: BenchArguments, { outcomes, busy }: LoadResult): readonly string[] {
  const { refused, unsent } = outcomes;
  return [
    ...(refused > 0 ? [limitHint(asked)] : []),
    ...(unsent > 0 ? [UNSENT] : []),
    ...(busy > BUSY ? [busyHint(busy)] : []),
    ...(asked.asked.kind === "demo" && asked.asked.load !== "lookup" && asked.asked.load !== "match" ? [REPEATED] : []),
  ];
}

const limitHint = ({ bearer }: BenchArguments): string =>
  `提示 hint: 429 says that ${bearer.kind === "client" ? bearer.client : "the client"} may ask no more in this minute. An operator raises perMinute of the client in the registry (PUT /v1/clients/CLIENT); or ask more slowly (--rate).`;

const UNSENT =
  "提示 hint: the rate was not kept: the gateway, or the number of connections (--connections), did not allow it. Times hold what the unsent ones had waited by the end.";

const busyHint = (busy: number): string =>
  `提示 hint: the asking process was busy for ${Math.round(busy * 100)} % of the time: it may be what held the rate down.`;

const REPEATED =
  "提示 hint: the demo's licences are few and asked again and again, so what a gateway remembers of them counts. For your own: --requests.";
