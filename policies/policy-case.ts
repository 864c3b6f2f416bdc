import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Decision, Duties, FieldDecision } from "./decision.ts";
import { PolicyError } from "./policy-error.ts";
import { CASE_SCHEMA, REQUEST_SCHEMA, RESOURCE_SCHEMA } from "./request-schema.ts";
import type { AuthorizationRequest, DataResource } from "./request.ts";
import { treatmentWord } from "./treatment.ts";

/** The cases of the shipped set. */
export const SHIPPED_CASES = fileURLToPath(new URL("./cases", import.meta.url));

/** A request in a file: the resource may be the name of a file in `resources/`. */
type WrittenRequest = Omit<AuthorizationRequest, "resource"> & { readonly resource: DataResource | string | null };

/**
 * What a decision has to be; what is left out may be anything. `reasons`: every code, in order. `fields`: every field of the
 * resource by its word (see `fieldWord`).
 */
export type Expectation = {
  readonly reasons?: readonly string[];
  readonly fields?: Readonly<Record<string, string>>;
  readonly duties?: Partial<Duties>;
};
type WrittenCase = { readonly comment: string; readonly request: WrittenRequest; readonly expect: Expectation };

/** A decision by example. `file` as in `deny/grant-expired.json`; its folder is the effect. */
export type PolicyCase = {
  readonly file: string;
  readonly comment: string;
  readonly request: AuthorizationRequest;
  readonly effect: Decision["effect"];
  readonly expect: Expectation;
};
export type Difference = { readonly what: string; readonly expected: string; readonly came: string };

const ajv = new Ajv2020({ allErrors: false });
const isCase = ajv.compile<WrittenCase>(CASE_SCHEMA);
const isRequest = ajv.compile<WrittenRequest>(REQUEST_SCHEMA);
const isResource = ajv.compile<DataResource>(RESOURCE_SCHEMA);

const FOLDERS = { allow: "permit", deny: "deny" } as const;

/** The cases in `allow/` and `deny/` of a directory, by name. Throws PolicyError. */
export function readCases(directory: string): readonly PolicyCase[] {
  const cases = Object.entries(FOLDERS).flatMap(([folder, effect]) =>
    jsonFilesIn(join(directory, folder)).map((name) => readCase(join(directory, folder, name), effect)),
  );
  if (cases.length === 0) throw new PolicyError(`there are no cases in ${directory}: it has no allow/ and deny/`);
  return cases;
}

function jsonFilesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .toSorted();
}

function readCase(path: string, effect: Decision["effect"]): PolicyCase {
  const written = readJson(path);
  if (!isCase(written)) throw invalid(path, isCase.errors);
  const { comment, request, expect } = written;
  const file = join(basename(dirname(path)), basename(path));
  return { file, comment, request: requestOf(request, path), effect, expect };
}

/** The request that a file holds, alone or as a case. Throws PolicyError. */
export function readRequest(path: string): AuthorizationRequest {
  const written = readJson(path);
  if (isCase(written)) return requestOf(written.request, path);
  if (!isRequest(written)) throw invalid(path, isRequest.errors);
  return requestOf(written, path);
}

/** A named resource stands in `resources/` beside the request's folder, else among the shipped ones. */
function requestOf(written: WrittenRequest, path: string): AuthorizationRequest {
  const { resource } = written;
  if (typeof resource !== "string") return { ...written, resource };
  const name = `${basename(resource)}.json`;
  const folders = [join(dirname(path), "..", "resources"), join(SHIPPED_CASES, "resources")];
  const file = folders.map((folder) => join(folder, name)).find((candidate) => existsSync(candidate));
  if (file === undefined) throw new PolicyError(`no resource ${resource} stands in resources/`, placeOf(path));
  const described = readJson(file);
  if (!isResource(described)) throw invalid(file, isResource.errors);
  return { ...written, resource: described };
}

const placeOf = (file: string) => ({ file, rule: null });

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as unknown;
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "it is not JSON";
    throw new PolicyError(`cannot be read (${code})`, placeOf(path), cause);
  }
}

function invalid(path: string, errors: typeof isCase.errors): PolicyError {
  const [error] = errors ?? [];
  return new PolicyError(`${error?.instancePath || "it"} ${error?.message ?? "does not fit"}`, placeOf(path));
}

/** `give`, `mask:name`, `deny:FIELD_OUTSIDE_ITEM`…; with a plus where a second official has to approve. */
export function fieldWord(decision: FieldDecision): string {
  if (decision.kind === "deny") return `deny:${decision.reason.code}`;
  return treatmentWord(decision.treatment) + (decision.secondApprover === true ? "+approval" : "");
}

/** Where a decision is not what the case expects; none when it is. */
export function differencesFrom({ effect, expect }: PolicyCase, decision: Decision): readonly Difference[] {
  const { reasons, fields, duties = {} } = expect;
  const codes = decision.reasons.map(({ code }) => code);
  return [
    ...difference("effect", effect, decision.effect),
    ...(reasons === undefined ? [] : difference("reasons", reasons.join(" "), codes.join(" "))),
    ...(fields === undefined ? [] : fieldDifferences(fields, decision)),
    ...dutyDifferences(duties, decision.duties),
  ];
}

const difference = (what: string, expected: string, came: string): Difference[] =>
  expected === came ? [] : [{ what, expected, came }];

function fieldDifferences(expected: Readonly<Record<string, string>>, { fields }: Decision): Difference[] {
  const came = new Map(Object.entries(fields).map(([name, decision]) => [name, fieldWord(decision)]));
  const names = new Set([...Object.keys(expected), ...came.keys()]);
  return [...names].flatMap((name) => difference(`field ${name}`, expected[name] ?? "none", came.get(name) ?? "none"));
}

function dutyDifferences(expected: Partial<Duties>, came: Duties): Difference[] {
  const held = new Map<string, unknown>(Object.entries(came));
  return Object.entries(expected).flatMap(([name, value]) =>
    difference(`duty ${name}`, JSON.stringify(value), JSON.stringify(held.get(name))),
  );
}
