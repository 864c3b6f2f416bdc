/** A piece of HTML or SVG that may stand in a page as it is. Made by `markup` alone, so that nothing gets there unescaped. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Markup | readonly Markup[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
/** Controls, format characters such as bidirectional overrides, lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}]/gu;

const escaped = (text: string): string => text.replace(UNSAFE, "�").replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? "");

function textOf(part: Part): string {
  if (part instanceof Markup) return part.text;
  return typeof part === "object" ? part.map(({ text }) => text).join("") : escaped(String(part));
}

/** A template whose values are escaped unless they are markup themselves. */
export const markup = (pieces: TemplateStringsArray, ...parts: readonly Part[]): Markup =>
  new Markup(pieces.reduce((before, piece, index) => before + textOf(parts[index - 1] ?? "") + piece));

export const NOTHING = new Markup("");
