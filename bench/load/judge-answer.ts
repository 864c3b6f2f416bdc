import { parsePointer } from "#connectors/json/pointer.ts";
import type { Expectation } from "./load.ts";

/** What is wrong with an answer; null: nothing. Says which check failed and quotes no text of the answer, nor one that was expected of it. */
export function mistakeIn(expect: Expectation, status: number, body: string): string | null {
  if (status !== expect.status) return `status ${status}${codeIn(body)} in place of ${expect.status}`;
  const missing = expect.contains.findIndex((text) => !body.includes(text));
  if (missing >= 0) return `lacks text ${missing + 1} of ${expect.contains.length} that it has to contain`;
  const present = expect.lacks.findIndex((text) => body.includes(text));
  if (present >= 0) return `contains text ${present + 1} of ${expect.lacks.length} that it must not`;
  return expect.members === undefined ? null : wrongMember(expect.members, body);
}

const ERROR_CODE = /"code":"([A-Z][A-Z0-9_]{1,48})"/;

/** Of a problem; a word of the gateway's own list. */
function codeIn(body: string): string {
  const code = ERROR_CODE.exec(body)?.[1];
  return code === undefined ? "" : ` ${code}`;
}

function wrongMember(members: NonNullable<Expectation["members"]>, body: string): string | null {
  const root = parsed(body);
  if (root === undefined) return "no JSON";
  const wrong = Object.entries(members).find(([pointer, value]) => memberAt(root, pointer) !== value);
  return wrong === undefined ? null : `${wrong[0]} is not what it has to be`;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Undefined where there is nothing: no value that can be expected. */
function memberAt(root: unknown, pointer: string): unknown {
  let value = root;
  for (const name of parsePointer(pointer) ?? []) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}
