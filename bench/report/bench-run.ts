/** What one run of the bench found, as it is written to a file, shown as a table and drawn in the report. Times in milliseconds unless said. */
export type BenchRun = {
  readonly version: 1;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  readonly machine: Machine;
  /** What was asked for, as in ["verify", "--check"]. */
  readonly command: readonly string[];
  readonly measurements: readonly Measurement[];
  readonly ratios: readonly Ratio[];
  readonly charts: readonly Chart[];
};

export type Machine = {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
};

/** How something was asked: the next when an answer has come, or so many a second whatever the answers do. */
export type Pace = { readonly kind: "closed" } | { readonly kind: "fixed"; readonly perSecond: number };

/** One thing measured, over all its rounds. */
export type Measurement = {
  readonly scenario: string;
  /** What answered: "gateway", or a baseline's name. */
  readonly subject: string;
  readonly pace: Pace;
  readonly connections: number;
  readonly seconds: number;
  readonly answers: number;
  readonly perSecond: number;
  /** null where single operations are too short to be timed. */
  readonly latency: Latency | null;
  /** Empty where it was not followed. */
  readonly timeline: readonly Instant[];
  /** What else became of the requests; only right answers are counted above. Absent where a wrong one ends the bench. */
  readonly outcomes?: Outcomes;
};

/** All of these with the warm-up's, except `unsent`. */
export type Outcomes = {
  readonly wrong: number;
  /** 429: held back by a limit on requests. */
  readonly refused: number;
  /** No answer: timed out, connection lost. */
  readonly failed: number;
  /** Due, but every connection was taken until the end. Only under a fixed rate. */
  readonly unsent: number;
  /** Of the first one that was wrong or failed: which check, without the answer's body, as it may hold personal data. */
  readonly first: string | null;
};

/** Under a fixed rate a request's time counts from when it was due, not from when it was sent (coordinated omission). */
export type Latency = {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** Ascending: how many took at most `upTo` and more than the one before. */
  readonly histogram: readonly { readonly upTo: number; readonly count: number }[];
};

/** One second of a measurement, or several with their mean rate where it was a long one. `p99` is 0 where nothing came. */
export type Instant = { readonly second: number; readonly answers: number; readonly p99: number };

/** Two figures of this run, one over the other. */
export type Ratio = {
  /** A key of targets.json. */
  readonly name: string;
  readonly title: string;
  readonly value: number;
  /** null: no aim is set. */
  readonly target: Target | null;
};

export type Target = { readonly atLeast: number } | { readonly atMost: number };

export const isReached = (value: number, target: Target): boolean =>
  "atLeast" in target ? value >= target.atLeast : value <= target.atMost;

export type Axis = { readonly label: string; readonly scale: "linear" | "logarithmic" };

export type Chart = {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly { readonly name: string; readonly points: readonly (readonly [x: number, y: number])[] }[];
};
