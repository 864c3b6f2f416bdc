import { SettingsError } from "../settings.ts";
import type { LookupQuestion, MatchQuestion, ResourceShape } from "../source.ts";

/** A text with placeholders, such as `/licences/{keys.licenceNumber}`; `{{` and `}}` stand for braces. */
export type Template = readonly Part[];
type Part = { readonly literal: string } | { readonly placeholder: string };

/** What a question puts in place of placeholders; one that the question does not have is not there. */
export type Values = ReadonlyMap<string, string>;
export type Question = LookupQuestion | MatchQuestion;
export type Asking = "lookup" | "match";

const OF_EVERY_QUESTION = [
  "resource",
  "region",
  "exchange",
  "purpose.organisation",
  "purpose.official",
  "purpose.itemCode",
  "purpose.itemName",
  "purpose.caseNumber",
];

/** The placeholders that templates of a resource may hold. Fields of a list stand separated by commas. */
export function placeholdersOf(resource: ResourceShape, asking: Asking): ReadonlySet<string> {
  const keys = resource.keys.flat().map((key) => `keys.${key}`);
  const asked = asking === "lookup" ? ["fields"] : Object.keys(resource.fields).map((field) => `claims.${field}`);
  return new Set([...OF_EVERY_QUESTION, ...keys, ...asked]);
}

/** Those that no question of the resource lacks. */
export function placeholdersAlwaysThere(resource: ResourceShape, asking: Asking): ReadonlySet<string> {
  const [first = [], ...others] = resource.keys;
  const keys = first.filter((key) => others.every((set) => set.includes(key))).map((key) => `keys.${key}`);
  return new Set([...OF_EVERY_QUESTION, ...keys, ...(asking === "lookup" ? ["fields"] : [])]);
}

export function valuesOf(question: Question): Values {
  const { resource, region, exchange, keys, purpose } = question;
  const asked =
    "claims" in question ? within("claims", question.claims) : [["fields", question.fields.join(",")] as const];
  return new Map([
    ["resource", resource],
    ["region", region],
    ["exchange", exchange],
    ...within("keys", keys),
    ...within("purpose", purpose),
    ...asked,
  ]);
}

const within = (name: string, texts: Readonly<Record<string, string>>): (readonly [string, string])[] =>
  Object.entries(texts).map(([member, text]) => [`${name}.${member}`, text]);

/** Throws SettingsError that names `place` when a placeholder is not one of those known, or a brace stands alone. */
export function parseTemplate(text: string, place: string, known: ReadonlySet<string>): Template {
  const parts: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g)) {
    const [written, name] = match;
    if (match.index > from) parts.push({ literal: text.slice(from, match.index) });
    from = match.index + written.length;
    if (name === undefined) parts.push({ literal: unescapedBrace(written, place) });
    else if (known.has(name)) parts.push({ placeholder: name });
    else throw new SettingsError(`${place} has an unknown placeholder: {${name.slice(0, 64)}}`);
  }
  if (from < text.length) parts.push({ literal: text.slice(from) });
  return parts;
}

function unescapedBrace(written: string, place: string): string {
  if (written.length !== 2)
    throw new SettingsError(`${place} has a brace that is neither doubled nor part of a placeholder`);
  return written.slice(1);
}

export const placeholdersIn = (template: Template): readonly string[] =>
  template.flatMap((part) => ("placeholder" in part ? [part.placeholder] : []));
export const literalsIn = (template: Template): readonly string[] =>
  template.flatMap((part) => ("literal" in part ? [part.literal] : []));

/** Values go in as `encode` writes them. Null when the question lacks one of them. */
export function render(template: Template, values: Values, encode: (value: string) => string): string | null {
  let text = "";
  for (const part of template) {
    if ("literal" in part) {
      text += part.literal;
      continue;
    }
    const value = values.get(part.placeholder);
    if (value === undefined) return null;
    text += encode(value);
  }
  return text;
}
