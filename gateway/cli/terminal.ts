export type Tone = "good" | "bad" | "open" | "refused" | "faint" | "strong";
export type Span = { readonly text: string; readonly tone?: Tone };
/** Outside text may stand in any span: it is neutralised when the line is painted. */
export type Line = readonly Span[];

const CODES = {
  good: "32",
  bad: "31",
  open: "33",
  refused: "35",
  faint: "2",
  strong: "1",
} as const satisfies Record<Tone, string>;

const MAX_SPAN = 400;
/** Controls, format characters (bidirectional overrides, zero-width), line separators, lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const ZERO_WIDTH = /^\p{M}$/u;
/** Wide and fullwidth blocks of Unicode's East Asian Width, coarsely. */
const WIDE =
  /^[\u{1100}-\u{115F}\u{2E80}-\u{303E}\u{3041}-\u{A4CF}\u{AC00}-\u{D7A3}\u{F900}-\u{FAFF}\u{FE30}-\u{FE4F}\u{FF00}-\u{FF60}\u{FFE0}-\u{FFE6}\u{1F300}-\u{1F64F}\u{1F900}-\u{1F9FF}\u{20000}-\u{3FFFD}]$/u;

const codePoint = (character: string): string =>
  `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}>`;

/** Makes outside text harmless for a terminal: a document must not move the cursor, recolour or reorder what is shown. */
export function neutralise(text: string): string {
  const points = [...text];
  const cut = points.length > MAX_SPAN ? `${points.slice(0, MAX_SPAN).join("")}…` : text;
  return cut.replace(UNSAFE, codePoint);
}

/** Columns that a text takes on a terminal. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += ZERO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** Fills up with spaces to so many columns. */
export const pad = (text: string, columns: number): string =>
  text + " ".repeat(Math.max(0, columns - displayWidth(text)));

type Paint = (lines: readonly Line[]) => string;

/** Colour only for people: never into a pipe, nor where NO_COLOR (no-color.org) is set. */
export function painter(isTerminal: boolean, environment: Readonly<Record<string, string | undefined>>): Paint {
  const colour = isTerminal && (environment["NO_COLOR"] ?? "") === "" && environment["TERM"] !== "dumb";
  const paintSpan = ({ text, tone }: Span): string => {
    const safe = neutralise(text);
    return colour && tone !== undefined ? `\u001B[${CODES[tone]}m${safe}\u001B[0m` : safe;
  };
  return (lines) => lines.map((line) => `${line.map(paintSpan).join("").trimEnd()}\n`).join("");
}

const codeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
const escapeUnits = (character: string): string => character.split("").map(codeUnit).join("");

/** One line of JSON in which outside text cannot act on a terminal either: JSON leaves DEL, C1 and format characters as they are. */
export const jsonLine = (value: unknown): string => `${JSON.stringify(value).replace(UNSAFE, escapeUnits)}\n`;
