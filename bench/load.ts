import { performance } from "node:perf_hooks";
import autocannon, { type Options, type Request } from "autocannon";
import { Pool } from "undici";
import { RECORDS } from "./records.ts";
import { type Question, type Scenario, type ScenarioName, SCENARIOS } from "./scenarios.ts";

/** `perSecond`: null asks for the next as soon as an answer has come; a number sends so many, whatever the answers do. */
export type Order = {
  readonly scenario: ScenarioName;
  readonly target: "gateway" | "baseline";
  readonly origin: string;
  readonly token: string;
  readonly seconds: number;
  readonly perSecond: number | null;
};

/** Times in milliseconds. `busy`: the share of the time that this process worked; near 1 it is what holds everything up. */
export type Load = {
  readonly answers: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly bytes: number;
  readonly busy: number;
  readonly mistakes: number;
  /** What the first one was. */
  readonly mistake: string | null;
};

const CONNECTIONS = 64;
/** Requests that a connection asks by turns: 32,768 different ones in all. */
const EACH = 512;
/** Has no divisor with RECORDS in common, so that questions lie far apart and none comes twice. */
const STRIDE = 7_919;

/** Answers as they come in, each held against its question. */
class Tally {
  readonly #order: Order;
  readonly #took: number[] = [];
  readonly #worked = performance.eventLoopUtilization();
  #first = 0;
  #last = 0;
  #bytes = 0;
  #mistakes = 0;
  #mistake: string | null = null;

  constructor(order: Order) {
    this.#order = order;
  }

  answered(question: Question, status: number, body: string): void {
    this.#last = performance.now();
    this.#first ||= this.#last;
    this.#bytes += Buffer.byteLength(body);
    if (!this.#isRight(question, status, body)) this.mistaken(`${status} ${body.slice(0, 2000)}`);
  }

  took(milliseconds: number): void {
    this.#took.push(milliseconds);
  }

  mistaken(what: string): void {
    this.#mistakes += 1;
    this.#mistake ??= what;
  }

  result(): Load {
    const took = this.#took.toSorted((a, b) => a - b);
    const at = (share: number): number => took[Math.floor(took.length * share)] ?? Number.NaN;
    const answers = took.length;
    return {
      answers,
      perSecond: ((answers - 1) / (this.#last - this.#first)) * 1000,
      p50: at(0.5),
      p99: at(0.99),
      bytes: this.#bytes / answers,
      busy: performance.eventLoopUtilization(this.#worked).utilization,
      mistakes: this.#mistakes,
      mistake: this.#mistake,
    };
  }

  #isRight(question: Question, status: number, body: string): boolean {
    if (status !== 200 || !question[this.#order.target].every((text) => body.includes(text))) return false;
    return this.#order.target === "baseline" || !question.never.some((text) => body.includes(text));
  }
}

const headersOf = ({ token }: Order) => ({ "content-type": "application/json", authorization: `Bearer ${token}` });

/** A closed loop: what the server can do. */
async function saturate(order: Order, { path, question }: Scenario): Promise<Load> {
  const tally = new Tally(order);
  let connection = 0;
  const requestsOf = (number: number): Request[] =>
    Array.from({ length: EACH }, (_, index): Request => {
      const asked = question(((number * EACH + index) * STRIDE) % RECORDS);
      const onResponse = (status: number, body: string): void => tally.answered(asked, status, body);
      return { method: "POST", path, headers: headersOf(order), body: asked.body, onResponse };
    });
  const options: Options = {
    url: `${order.origin}${path}`,
    connections: CONNECTIONS,
    pipelining: 1,
    duration: order.seconds,
    setupClient: (client) => client.setRequests(requestsOf(connection++)),
  };
  await new Promise((resolve, reject) => {
    const running = autocannon(options, (error, result) => (error === null ? resolve(result) : reject(error)));
    running.on("response", (_client, _status, _bytes, took) => tally.took(took));
    running.on("reqError", (error: unknown) => tally.mistaken(String(error)));
  });
  return tally.result();
}

/** A fixed rate: how long one waits at a server that is not full. Time counts from when a request is handed over, whether a connection is free or not. */
async function pace(order: Order, perSecond: number, { path, question }: Scenario): Promise<Load> {
  const tally = new Tally(order);
  const pool = new Pool(order.origin, { connections: CONNECTIONS, pipelining: 1 });
  const headers = headersOf(order);
  const ask = async (number: number): Promise<void> => {
    const asked = question((number * STRIDE) % RECORDS);
    const sent = performance.now();
    try {
      const { statusCode, body } = await pool.request({ method: "POST", path, headers, body: asked.body });
      tally.answered(asked, statusCode, await body.text());
      tally.took(performance.now() - sent);
    } catch (error) {
      tally.mistaken(String(error));
    }
  };
  const start = performance.now();
  const asking: Promise<void>[] = [];
  while (asking.length < perSecond * order.seconds) {
    const due = Math.min(perSecond * order.seconds, ((performance.now() - start) / 1000) * perSecond);
    while (asking.length < due) asking.push(ask(asking.length));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(asking);
  await pool.close();
  return tally.result();
}

/** Run by inquiry.ts in a process of its own, so that asking takes nothing from those that answer. */
process.on("message", async (order: Order) => {
  const { perSecond } = order;
  const scenario: Scenario = SCENARIOS[order.scenario];
  process.send?.(await (perSecond === null ? saturate(order, scenario) : pace(order, perSecond, scenario)));
});
process.once("disconnect", () => process.exit());
