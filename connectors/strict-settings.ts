import { SettingsError } from "./settings.ts";

type TextBounds = { readonly longest?: number; readonly pattern?: RegExp };
type IntegerBounds = { readonly min: number; readonly max: number };

/**
 * An object of settings, read strictly: a wrong type or value is a SettingsError that names the member by its whole path.
 * Only the members that were announced can be asked for, and no others may be there. An optional member that is absent is
 * undefined; null is never taken for absent. Texts are not empty and hold no control characters.
 */
export type SettingsReader<Name extends string> = {
  /** Of the object itself, to name it in a SettingsError. */
  readonly place: string;
  readonly has: (name: Name) => boolean;
  /** Throws the SettingsError for a member that the caller itself finds wrong. */
  readonly refuse: (name: Name, why: string) => never;
  /** Unchecked, undefined when absent. */
  readonly raw: (name: Name) => unknown;
  readonly text: (name: Name, bounds?: TextBounds) => string;
  readonly optionalText: (name: Name, bounds?: TextBounds) => string | undefined;
  readonly integer: (name: Name, bounds: IntegerBounds) => number;
  readonly optionalInteger: (name: Name, bounds: IntegerBounds) => number | undefined;
  readonly flag: (name: Name) => boolean;
  readonly optionalFlag: (name: Name) => boolean | undefined;
  readonly choice: <Choice extends string>(name: Name, choices: readonly Choice[]) => Choice;
  readonly optionalChoice: <Choice extends string>(name: Name, choices: readonly Choice[]) => Choice | undefined;
  /** A list of texts, none twice. */
  readonly texts: (name: Name) => readonly string[];
  readonly optionalTexts: (name: Name) => readonly string[] | undefined;
  /** An object whose members are all texts; the names are the operator's own. */
  readonly textsByName: (name: Name) => ReadonlyMap<string, string>;
  readonly optionalTextsByName: (name: Name) => ReadonlyMap<string, string> | undefined;
  readonly section: <Inner extends string>(name: Name, members: readonly Inner[]) => SettingsReader<Inner>;
  readonly optionalSection: <Inner extends string>(
    name: Name,
    members: readonly Inner[],
  ) => SettingsReader<Inner> | undefined;
  /** A list of objects. */
  readonly sections: <Inner extends string>(name: Name, members: readonly Inner[]) => readonly SettingsReader<Inner>[];
};

const LONGEST_TEXT = 4096;
const MOST_ENTRIES = 1000;

/** `members` are all that the object may have; `place` is how errors call it, such as `settings` or `settings.answer`. */
export function readSettings<Name extends string>(
  value: unknown,
  place: string,
  members: readonly Name[],
): SettingsReader<Name> {
  const object = objectOf(value, place);
  refuseUnknown(object, place, members);

  const has = (name: Name) => Object.hasOwn(object, name);
  const raw = (name: Name) => (has(name) ? object[name] : undefined);
  const at = (name: Name) => `${place}.${name}`;
  const optional =
    <Arguments extends readonly unknown[], Result>(read: (name: Name, ...rest: Arguments) => Result) =>
    (name: Name, ...rest: Arguments): Result | undefined =>
      has(name) ? read(name, ...rest) : undefined;

  const text = (name: Name, bounds: TextBounds = {}) => textOf(raw(name), at(name), bounds);
  const integer = (name: Name, bounds: IntegerBounds) => integerOf(raw(name), at(name), bounds);
  const flag = (name: Name) => flagOf(raw(name), at(name));
  const texts = (name: Name) => textsOf(raw(name), at(name));
  const textsByName = (name: Name) => textsByNameOf(raw(name), at(name));
  const choice = <Choice extends string>(name: Name, choices: readonly Choice[]) =>
    choiceOf(raw(name), at(name), choices);
  const section = <Inner extends string>(name: Name, inner: readonly Inner[]) =>
    readSettings(raw(name), at(name), inner);

  return {
    place,
    has,
    raw,
    refuse: (name, why) => fail(at(name), why),
    text,
    optionalText: optional(text),
    integer,
    optionalInteger: optional(integer),
    flag,
    optionalFlag: optional(flag),
    choice,
    optionalChoice: (name, choices) => (has(name) ? choice(name, choices) : undefined),
    texts,
    optionalTexts: optional(texts),
    textsByName,
    optionalTextsByName: optional(textsByName),
    section,
    optionalSection: (name, inner) => (has(name) ? section(name, inner) : undefined),
    sections: (name, inner) =>
      listOf(raw(name), at(name)).map((entry, index) => readSettings(entry, `${at(name)}[${index}]`, inner)),
  };
}

function fail(place: string, why: string): never {
  throw new SettingsError(`${place} ${why}`);
}

function objectOf(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (value === undefined) fail(place, "is missing");
  if (typeof value !== "object" || value === null || Array.isArray(value)) fail(place, "must be an object");
  return { __proto__: null, ...value };
}

function refuseUnknown(object: Readonly<Record<string, unknown>>, place: string, members: readonly string[]): void {
  const unknown = Object.keys(object).find((name) => !members.includes(name));
  if (unknown !== undefined) fail(`${place}.${unknown.slice(0, 64)}`, "is not a setting");
}

function textOf(value: unknown, place: string, bounds: TextBounds): string {
  if (value === undefined) fail(place, "is missing");
  if (typeof value !== "string") fail(place, "must be a text");
  if (value === "") fail(place, "must not be empty");
  const longest = bounds.longest ?? LONGEST_TEXT;
  if (value.length > longest) fail(place, `must not be longer than ${longest} characters`);
  if (/[\u0000-\u001f\u007f]/.test(value)) fail(place, "must not hold control characters");
  if (bounds.pattern !== undefined && !bounds.pattern.test(value)) fail(place, "does not have the form asked for");
  return value;
}

function integerOf(value: unknown, place: string, { min, max }: IntegerBounds): number {
  if (value === undefined) fail(place, "is missing");
  if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max) {
    fail(place, `must be a whole number from ${min} to ${max}`);
  }
  return value;
}

function flagOf(value: unknown, place: string): boolean {
  if (value === undefined) fail(place, "is missing");
  if (typeof value !== "boolean") fail(place, "must be true or false");
  return value;
}

function choiceOf<Choice extends string>(value: unknown, place: string, choices: readonly Choice[]): Choice {
  if (value === undefined) fail(place, "is missing");
  const choice = choices.find((known) => known === value);
  if (choice === undefined) fail(place, `must be one of: ${choices.join(", ")}`);
  return choice;
}

function listOf(value: unknown, place: string): readonly unknown[] {
  if (value === undefined) fail(place, "is missing");
  if (!Array.isArray(value)) fail(place, "must be a list");
  if (value.length > MOST_ENTRIES) fail(place, `must not have more than ${MOST_ENTRIES} entries`);
  return value;
}

function textsOf(value: unknown, place: string): readonly string[] {
  const texts = listOf(value, place).map((entry, index) => textOf(entry, `${place}[${index}]`, {}));
  if (new Set(texts).size !== texts.length) fail(place, "must not name anything twice");
  return texts;
}

function textsByNameOf(value: unknown, place: string): ReadonlyMap<string, string> {
  const entries = Object.entries(objectOf(value, place));
  if (entries.length > MOST_ENTRIES) fail(place, `must not have more than ${MOST_ENTRIES} members`);
  return new Map(entries.map(([name, entry]) => [name, textOf(entry, `${place}.${name.slice(0, 64)}`, {})]));
}
