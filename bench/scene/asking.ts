import type { LoadGenerator } from "../load/load-generator.ts";
import type { LoadResult } from "../load/load.ts";
import type { Pace } from "../report/bench-run.ts";
import { everyAnswerRight } from "../rounds.ts";
import type { Gateway } from "./gateway.ts";
import type { AskedInquiries } from "./questions.ts";

/** `cost`: microseconds that the server's main thread worked for one answer. `resident`: bytes that the server has at the end. */
export type Round = LoadResult & { readonly cost: number; readonly resident: number };

/** Names of the measurement, and how it is asked. */
export type Asking = AskedInquiries & {
  readonly scenario: string;
  readonly title: string;
  readonly pace: Pace;
  readonly connections: number;
  readonly seconds: number;
};

/** Rounds that do not count: the engine goes on compiling for ten thousands of exchanges. */
export const WARM_UP_ROUNDS = { full: 3, brief: 1 } as const;

const CLOSED: Pace = { kind: "closed" };
const PATIENCE = 60;

/** Asks the next when an answer has come. */
export const closedLoop = (asking: Omit<Asking, "pace">): Asking => ({ ...asking, pace: CLOSED });

/** One round of lookups or matches. Throws when an answer is wrong. */
export async function ask(
  { process, origin, tokens }: Pick<Gateway, "process" | "origin" | "tokens">,
  generator: LoadGenerator,
  { scenario, title, pace, connections, seconds, inquiry, subject }: Asking,
): Promise<Round> {
  const argument: AskedInquiries = { inquiry, subject };
  const before = process.worked;
  const result = await generator.measure({
    scenario,
    subject: title,
    origin,
    requests: { kind: "module", module: import.meta.resolve("./questions.ts"), export: "inquiries", argument },
    tokens: await tokens(),
    pace,
    connections,
    warmUpSeconds: 0,
    length: { seconds },
    patienceSeconds: PATIENCE,
  });
  const cost = ((process.worked - before) / result.answers) * 1000;
  return { ...everyAnswerRight(result), cost, resident: process.resident };
}
