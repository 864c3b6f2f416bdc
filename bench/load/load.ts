import type { Measurement, Outcomes, Pace } from "../report/bench-run.ts";

/** What is to be asked of whom, how fast and for how long. It is sent to a process of its own, so it holds nothing but plain values. */
export type LoadOrder = {
  /** Names of the result, see Measurement. */
  readonly scenario: string;
  readonly subject: string;
  /** As in http://127.0.0.1:8080. */
  readonly origin: string;
  readonly requests: RequestSource;
  /** Access tokens by the names that requests give in `as`. */
  readonly tokens: Readonly<Record<string, string>>;
  readonly pace: Pace;
  readonly connections: number;
  /** Asked and checked in the same way before anything is counted. */
  readonly warmUpSeconds: number;
  readonly length: { readonly seconds: number } | { readonly answers: number };
  /** What is not answered by then has failed. */
  readonly patienceSeconds: number;
};

/** `list`: by turns. `module`: `export` of the module at the URL `module` is a RequestMaker and is called with `argument`, once an order. */
export type RequestSource =
  | { readonly kind: "list"; readonly requests: readonly LoadRequest[] }
  | { readonly kind: "module"; readonly module: string; readonly export: string; readonly argument: unknown };

/** Makes the request with a serial, which counts from 0 without a gap over warm-up and measurement. Has to be quick. */
export type RequestMaker<Argument> = (
  argument: Argument,
) => ((serial: number) => LoadRequest) | Promise<(serial: number) => LoadRequest>;

export type LoadRequest = {
  readonly method: "GET" | "POST";
  /** With its query. */
  readonly path: string;
  /** Whose token goes along, by its name in the order; null: nobody's. */
  readonly as: string | null;
  readonly contentType: string | null;
  readonly body: string | Uint8Array | null;
  readonly expect: Expectation;
};

/** What makes an answer right. Its body is searched as text: exact, and cheap enough not to hold up the one who asks. */
export type Expectation = {
  readonly status: number;
  readonly contains: readonly string[];
  readonly lacks: readonly string[];
  /** What stands where in a JSON answer, by pointer (RFC 6901). The whole answer is parsed for it. */
  readonly members?: Readonly<Record<string, string | number | boolean | null>>;
};

/** `busy`: the share of its time that the asking process worked; near 1 it is what holds everything up. `bytes`: mean of an answer's body. */
export type LoadResult = Measurement & {
  readonly outcomes: Outcomes;
  readonly busy: number;
  readonly bytes: number;
};

/** Told twice a second. `seconds` since the warm-up's end, negative before it; `perSecond` and `p99` of the last whole second. */
export type LoadProgress = {
  readonly seconds: number;
  readonly answers: number;
  readonly perSecond: number;
  readonly p99: number;
  /** Of every kind, the warm-up's among them. */
  readonly faults: number;
};
