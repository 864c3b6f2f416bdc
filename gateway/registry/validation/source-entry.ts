import type { SourceEntry } from "../entities.ts";
import { invalid, matching, members, ownMembers, pathTo, type Reader } from "./reader.ts";
import { entryId, title } from "./texts.ts";

const MAX_DEPTH = 16;
const MAX_TEXT = 10_000;
const MAX_VALUES = 5000;

/** Settings hold names of secrets, never secrets: a password in an address, or a key. */
const SECRET = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]*@|-----BEGIN [A-Z ]*PRIVATE KEY/i;

type Budget = { values: number };

/** A frozen copy of a JSON value. */
function copyJson(value: unknown, path: string, depth: number, budget: Budget): unknown {
  budget.values -= 1;
  if (budget.values < 0) throw invalid("settings", `must hold at most ${MAX_VALUES} values`);
  if (depth > MAX_DEPTH) throw invalid(path, `must not be nested deeper than ${MAX_DEPTH} levels`);
  if (value === null || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value)))
    return value;
  if (typeof value === "string") return copyText(value, path);
  if (Array.isArray(value)) {
    const copy = (element: unknown, index: number): unknown =>
      copyJson(element, pathTo(path, String(index)), depth + 1, budget);
    return Object.freeze(Array.from(value, copy));
  }
  return copyMembers(value, path, depth, budget);
}

function copyText(text: string, path: string): string {
  if (text.length > MAX_TEXT || !text.isWellFormed())
    throw invalid(path, `must be a text of at most ${MAX_TEXT} characters`);
  if (SECRET.test(text)) throw invalid(path, "must not hold a secret, only the name of one");
  return text;
}

function copyMembers(value: unknown, path: string, depth: number, budget: Budget): object {
  const copied = [...ownMembers(value, path)].map(([name, each]): [string, unknown] => {
    const place = pathTo(path, name);
    if (name in {} || name.length > 200 || !name.isWellFormed()) throw invalid(place, "must have another name");
    return [name, copyJson(each, place, depth + 1, budget)];
  });
  return Object.freeze(Object.fromEntries(copied));
}

const kindName = matching(/^[a-z][a-z0-9-]{0,31}$/, "must be the name of a kind of source");

const settings: Reader<SourceEntry["settings"]> = (value, path) => {
  const kind = kindName(ownMembers(value, path).get("kind"), pathTo(path, "kind"));
  const copy = copyMembers(value, path, 0, { values: MAX_VALUES });
  return Object.freeze({ ...copy, kind });
};

/** What its kind asks of the settings is not known here: see references.ts. */
export const readSource: Reader<SourceEntry> = members({
  id: entryId,
  resource: entryId,
  zh: title,
  en: title,
  settings,
});
