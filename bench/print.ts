import { cpus } from "node:os";

export const print = (line: string): void => void process.stdout.write(`${line}\n`);

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** As in "AMD EPYC, 2 cores; node v26.1.0". */
export const machine = (): string =>
  `${cpus()[0]?.model.trim() ?? "unknown"}, ${cpus().length} cores; node ${process.version}`;

/** The first column to the left, all others to the right. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const lines = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  for (const [first = "", ...others] of lines) {
    const cells = others.map((cell, index) => cell.padStart(widths[index + 1] ?? 0));
    print([first.padEnd(widths[0] ?? 0), ...cells].join("  "));
  }
}

/** Says whether a target is reached; the run fails when it is not. */
export function judge(what: string, reached: boolean): void {
  print(`${what}: ${reached ? "reached" : "NOT REACHED"}`);
  if (!reached) process.exitCode = 1;
}
