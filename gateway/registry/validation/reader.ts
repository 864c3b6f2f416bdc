import { deceptiveCharacters } from "#certs/x509/deceptive-characters.ts";
import { Fault } from "#gateway/fault.ts";

/**
 * Reads one outside value, once, into a frozen typed copy. Throws Fault ENTRY_INVALID whose detail is the path of the
 * member and the rule that it breaks, never the value.
 */
export type Reader<Value> = (value: unknown, path: string) => Value;

export const invalid = (path: string, rule: string): Fault =>
  new Fault("ENTRY_INVALID", path === "" ? rule : `${path}: ${rule}`);

const PRINTABLE_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,39}$/;

/** A path is shown to people: a name that somebody else chose stands in it only when it is short and plain. */
export function pathTo(path: string, name: string): string {
  const shown = PRINTABLE_NAME.test(name) || /^[0-9]{1,6}$/.test(name) ? name : "*";
  return path === "" ? shown : `${path}.${shown}`;
}

type Readers = Readonly<Record<string, Reader<unknown>>>;
type Read<Shape extends Readers> = { readonly [Name in keyof Shape]: ReturnType<Shape[Name]> };

export function ownMembers(value: unknown, path: string): ReadonlyMap<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(path, "must be an object");
  return new Map<string, unknown>(Object.entries(value));
}

/** An object with exactly these members. */
export function members<Shape extends Readers>(shape: Shape): Reader<Read<Shape>> {
  return (value, path) => {
    const given = ownMembers(value, path);
    const unknown = [...given.keys()].find((name) => !Object.hasOwn(shape, name));
    if (unknown !== undefined) throw invalid(pathTo(path, unknown), "is not a member of this entry");
    const read = Object.entries(shape).map(([name, reader]) => {
      if (!given.has(name)) throw invalid(pathTo(path, name), "is missing");
      return [name, reader(given.get(name), pathTo(path, name))];
    });
    return Object.freeze(Object.fromEntries(read) as Read<Shape>);
  };
}

type Bounds = { readonly min: number; readonly max: number };

/** Names that the reader of names accepts, each with a value. Without a prototype, so that no other name is ever found in it. */
export function recordOf<Value>(
  nameReader: Reader<string>,
  valueReader: Reader<Value>,
  { min, max }: Bounds,
): Reader<Readonly<Record<string, Value>>> {
  return (value, path) => {
    const given = ownMembers(value, path);
    if (given.size < min || given.size > max) throw invalid(path, `must have ${min} to ${max} members`);
    const record: Record<string, Value> = Object.create(null);
    for (const [name, each] of given) {
      const place = pathTo(path, name);
      record[nameReader(name, place)] = valueReader(each, place);
    }
    return Object.freeze(record);
  };
}

/** A list without two elements that are the same by `identity`. */
export function listOf<Value>(
  reader: Reader<Value>,
  { min, max }: Bounds,
  identity: (element: Value) => string,
): Reader<readonly Value[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw invalid(path, "must be a list");
    if (value.length < min || value.length > max) throw invalid(path, `must have ${min} to ${max} elements`);
    const seen = new Set<string>();
    const read = Array.from(value, (element: unknown, index) => {
      const place = pathTo(path, String(index));
      const each = reader(element, place);
      if (seen.has(identity(each))) throw invalid(place, "stands there twice");
      seen.add(identity(each));
      return each;
    });
    return Object.freeze(read);
  };
}

/** A list of texts, each once. */
export const setOf = <Text extends string>(reader: Reader<Text>, bounds: Bounds): Reader<readonly Text[]> =>
  listOf(reader, bounds, (text) => text);

export function matching(pattern: RegExp, rule: string): Reader<string> {
  return (value, path) => {
    if (typeof value !== "string" || !pattern.test(value)) throw invalid(path, rule);
    return value;
  };
}

/** Words for people: 1 to `max` UTF-16 units on one line, nothing invisible, no space around them. */
export function words(max: number): Reader<string> {
  return (value, path) => {
    if (typeof value !== "string" || value.length === 0 || value.length > max)
      throw invalid(path, `must be a text of 1 to ${max} characters`);
    if (value.trim() !== value) throw invalid(path, "must not begin or end with a space");
    if (deceptiveCharacters(value) !== null) throw invalid(path, "must not hold invisible or deceptive characters");
    return value;
  };
}

export function oneOf<const Choice extends string>(choices: readonly Choice[]): Reader<Choice> {
  return (value, path) => {
    const choice = choices.find((each) => each === value);
    if (choice === undefined) throw invalid(path, `must be one of ${choices.join(", ")}`);
    return choice;
  };
}

export function integer({ min, max }: Bounds): Reader<number> {
  return (value, path) => {
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < min || value > max)
      throw invalid(path, `must be a whole number from ${min} to ${max}`);
    return value;
  };
}

export const flag: Reader<boolean> = (value, path) => {
  if (typeof value !== "boolean") throw invalid(path, "must be true or false");
  return value;
};

export const nullable =
  <Value>(reader: Reader<Value>): Reader<Value | null> =>
  (value, path) =>
    value === null ? null : reader(value, path);
