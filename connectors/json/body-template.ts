import { SettingsError } from "../settings.ts";
import { parseTemplate, placeholdersIn, render, type Template, type Values } from "./template.ts";

/** JSON whose texts are templates. `fields` stands for a list of the asked fields. */
export type BodyTemplate =
  | { readonly kind: "text"; readonly template: Template }
  | { readonly kind: "fields" }
  | { readonly kind: "literal"; readonly value: number | boolean | null }
  | { readonly kind: "list"; readonly entries: readonly BodyTemplate[] }
  | { readonly kind: "object"; readonly members: readonly (readonly [string, BodyTemplate])[] };

const DEEPEST = 16;

/** An object or a list. A text in it that is `{fields}` and nothing else becomes a list. Throws SettingsError that names the place. */
export function parseWholeBody(value: unknown, place: string, known: ReadonlySet<string>): BodyTemplate {
  if (typeof value !== "object" || value === null) throw new SettingsError(`${place} must be an object or a list`);
  return parseBody(value, place, known, 0);
}

function parseBody(value: unknown, place: string, known: ReadonlySet<string>, depth: number): BodyTemplate {
  if (depth > DEEPEST) throw new SettingsError(`${place} has too many levels`);
  if (value === "{fields}" && known.has("fields")) return { kind: "fields" };
  if (typeof value === "string") return { kind: "text", template: parseTemplate(value, place, known) };
  if (value === null || typeof value === "boolean" || typeof value === "number") return { kind: "literal", value };
  if (Array.isArray(value)) {
    const entries = value.map((entry, index) => parseBody(entry, `${place}[${index}]`, known, depth + 1));
    return { kind: "list", entries };
  }
  if (typeof value !== "object") throw new SettingsError(`${place} must be JSON`);
  const members = Object.entries(value).map(
    ([name, member]) => [name, parseBody(member, `${place}.${name.slice(0, 64)}`, known, depth + 1)] as const,
  );
  return { kind: "object", members };
}

export function placeholdersInBody(body: BodyTemplate): readonly string[] {
  switch (body.kind) {
    case "text":
      return placeholdersIn(body.template);
    case "fields":
      return ["fields"];
    case "literal":
      return [];
    case "list":
      return body.entries.flatMap(placeholdersInBody);
    case "object":
      return body.members.flatMap(([, member]) => placeholdersInBody(member));
  }
}

/** For JSON.stringify: values are texts of their own, never part of the syntax. Undefined where the question lacks a value. */
export function renderBody(body: BodyTemplate, values: Values): unknown {
  switch (body.kind) {
    case "text":
      return render(body.template, values, (value) => value) ?? undefined;
    case "fields":
      return (values.get("fields") ?? "").split(",").filter((field) => field !== "");
    case "literal":
      return body.value;
    case "list":
      return body.entries.map((entry) => renderBody(entry, values)).filter((entry) => entry !== undefined);
    case "object":
      return Object.fromEntries(body.members.map(([name, member]) => [name, renderBody(member, values)]));
  }
}
