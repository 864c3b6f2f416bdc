import { displayWidth, pad } from "./terminal.ts";
import type { CommandIo } from "./verify.ts";

/** One line on a terminal, written over as the work goes on; nothing into a pipe. */
export type CountProgress = {
  readonly reached: (done: number, total: number) => void;
  /** Takes the line away. */
  readonly stop: () => void;
};

/** Milliseconds between two lines. */
const EVERY = 200;
/** What is done in a moment needs no line. */
const FEW = 10_000;
const BAR = 24;

/** `label`: what is being done. The work itself tells how far it is: no timer could run beside it. */
export function showCount(label: string, { stdout, isTerminal }: CommandIo): CountProgress {
  const state = { shown: "", at: 0 };
  const write = (text: string): void => {
    stdout(`\r${pad(text, displayWidth(state.shown))}`);
    state.shown = text;
  };
  return {
    reached(done, total) {
      const now = performance.now();
      if (!isTerminal || total < FEW || now - state.at < EVERY) return;
      state.at = now;
      write(countLine(label, done, total));
    },
    stop() {
      if (state.shown === "") return;
      write("");
      stdout("\r");
    },
  };
}

export function countLine(label: string, done: number, total: number): string {
  const share = total === 0 ? 1 : done / total;
  const full = Math.floor(share * BAR);
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  const bar = `${"█".repeat(full)}${"░".repeat(BAR - full)}`;
  return `${label} ${bar} ${percent}  ${done.toLocaleString("en")} / ${total.toLocaleString("en")}`;
}
