import type { LoadProgress } from "#bench/load/load.ts";
import { displayWidth, pad } from "./terminal.ts";
import type { CommandIo } from "./verify.ts";

/** How far a measurement is: one line that is written over on a terminal; else a line now and then, beside the result. */
export type BenchProgress = { readonly reached: (progress: LoadProgress) => void; readonly stop: () => void };

export type Planned = { readonly seconds: number; readonly warmUpSeconds: number };

const BAR = 24;
/** Seconds between plain lines. */
const EVERY = 5;

export function showBench(planned: Planned, { stdout, stderr, isTerminal }: CommandIo): BenchProgress {
  const state = { shown: "", second: 0 };
  const write = (text: string): void => {
    stdout(`\r${pad(text, displayWidth(state.shown))}`);
    state.shown = text;
  };
  return {
    reached(progress) {
      if (isTerminal) return write(barLine(planned, progress));
      if (progress.seconds < state.second + EVERY) return;
      state.second = Math.floor(progress.seconds);
      stderr(`${plainLine(planned, progress)}\n`);
    },
    stop() {
      if (state.shown === "") return;
      write("");
      stdout("\r");
    },
  };
}

/** As in 测量 measuring ████░░░░  45%  2,143/s  p99 31 ms  0 faults. */
export function barLine({ seconds, warmUpSeconds }: Planned, progress: LoadProgress): string {
  const isWarm = progress.seconds >= 0;
  const share = isWarm ? progress.seconds / seconds : 1 + progress.seconds / warmUpSeconds;
  const full = Math.floor(Math.min(1, Math.max(0, share)) * BAR);
  const bar = `${"█".repeat(full)}${"░".repeat(BAR - full)}`;
  const percent = `${Math.floor(Math.min(1, Math.max(0, share)) * 100)}%`.padStart(4);
  const what = isWarm ? "测量 measuring " : "预热 warming up";
  return `${what} ${bar} ${percent}${isWarm && progress.seconds >= 1 ? `  ${figures(progress)}` : ""}`;
}

const plainLine = ({ seconds }: Planned, progress: LoadProgress): string =>
  `${Math.floor(progress.seconds)} of ${seconds} s  ${figures(progress)}`;

const figures = ({ perSecond, p99, faults }: LoadProgress): string =>
  `${Math.round(perSecond).toLocaleString("en")}/s  p99 ${p99 < 10 ? p99.toFixed(1) : p99.toFixed(0)} ms  ${faults.toLocaleString("en")} faults`;
