export const print = (line: string): void => void process.stdout.write(`${line}\n`);

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** The first column to the left, all others to the right. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const lines = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  for (const [first = "", ...others] of lines) {
    const cells = others.map((cell, index) => cell.padStart(widths[index + 1] ?? 0));
    print([first.padEnd(widths[0] ?? 0), ...cells].join("  "));
  }
}
