import { displayWidth, neutralise } from "#gateway/cli/terminal.ts";
import { markup, type Markup } from "./markup.ts";

export type Table = { readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] };

/** For a terminal: the first column to the left, all others to the right. Outside text is made harmless. */
export function textTable({ header, rows }: Table): string {
  const lines = [header, ...rows].map((line) => line.map(neutralise));
  const widths = header.map((_, column) => Math.max(...lines.map((line) => displayWidth(line[column] ?? ""))));
  const filler = (cell: string, column: number): string => " ".repeat((widths[column] ?? 0) - displayWidth(cell));
  return lines
    .map((line) => {
      const cells = line.map((cell, column) => (column === 0 ? cell + filler(cell, 0) : filler(cell, column) + cell));
      return `${cells.join("  ").trimEnd()}\n`;
    })
    .join("");
}

/** For a page; a wide one is moved sideways by itself. */
export function pageTable(caption: string, { header, rows }: Table): Markup {
  const [first = "", ...others] = header;
  return markup`<div class="wide" role="region" aria-label="${caption}" tabindex="0"><table>
<thead><tr><th scope="col">${first}</th>${others.map((name) => markup`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map(rowOf)}</tbody></table></div>`;
}

function rowOf([first = "", ...others]: readonly string[]): Markup {
  return markup`<tr><th scope="row">${first}</th>${others.map((cell) => markup`<td>${cell}</td>`)}</tr>\n`;
}

/** Values of a plot, for who wants them exactly. */
export const folded = (caption: string, table: Table): Markup =>
  markup`<details><summary>Values 数值: ${caption}</summary>${pageTable(caption, table)}</details>`;
