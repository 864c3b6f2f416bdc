import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Ajv } from "ajv";
import type { Expectation, LoadRequest } from "#bench/load/load.ts";
import { parsePointer } from "#connectors/json/pointer.ts";
import { findDemo } from "#gateway/demo/demo-profile.ts";
import { demoLoad } from "#gateway/demo/load-requests.ts";
import type { BenchArguments } from "./bench-arguments.ts";
import { systemCode } from "./local-verification.ts";
import { CommandError, EXIT } from "./outcome.ts";

/** By whose token a request goes along, in the order for the load. */
export const BEARER = "bearer";

/** What is to be asked by turns. Throws CommandError. */
export function benchRequests({ asked, bearer, dataDirectory }: BenchArguments): readonly LoadRequest[] {
  const as = bearer.kind === "nobody" ? null : BEARER;
  if (asked.kind === "file") return readRequests(asked.file, as);
  const demo = findDemo(dataDirectory);
  if (demo === null)
    throw new CommandError(EXIT.unreadable, `${dataDirectory}/demo: no demo here; \`npm start\` makes it`);
  return demoLoad(asked.load, demo).map((request) => Object.assign({ method: "POST" as const, as }, request));
}

/** A line of the file that is given as --requests. */
type GivenRequest = {
  readonly method?: "GET" | "POST";
  readonly path: string;
  readonly contentType?: string;
  readonly body?: unknown;
  readonly bodyFile?: string;
  readonly expect?: Partial<Expectation>;
};

const TEXT = { type: "string", maxLength: 10_000 } as const;
const TEXTS = { type: "array", items: { ...TEXT, minLength: 1 }, maxItems: 100 } as const;
const isGivenRequest = new Ajv({ allowUnionTypes: true }).compile<GivenRequest>({
  type: "object",
  additionalProperties: false,
  required: ["path"],
  not: { required: ["body", "bodyFile"] },
  properties: {
    method: { enum: ["GET", "POST"] },
    path: { type: "string", maxLength: 10_000, pattern: "^/[!-~]*$" },
    contentType: { type: "string", pattern: "^[!-~ ]{1,200}$" },
    body: true,
    bodyFile: { ...TEXT, minLength: 1 },
    expect: {
      type: "object",
      additionalProperties: false,
      properties: {
        status: { type: "integer", minimum: 100, maximum: 599 },
        contains: TEXTS,
        lacks: TEXTS,
        members: {
          type: "object",
          maxProperties: 100,
          additionalProperties: { type: ["string", "number", "boolean", "null"] },
        },
      },
    },
  },
});

const MOST_REQUESTS = 1_000_000;

function readRequests(file: string, as: string | null): readonly LoadRequest[] {
  const lines = read(file)
    .toString("utf8")
    .split("\n")
    .map((line, index) => ({ line: line.trim(), place: `${file}, line ${index + 1}` }))
    .filter(({ line }) => line !== "");
  if (lines.length === 0) throw new CommandError(EXIT.data, `${file} holds no request`);
  if (lines.length > MOST_REQUESTS) throw new CommandError(EXIT.data, `${file}: more than ${MOST_REQUESTS} requests`);
  const files = new BodyFiles(dirname(file));
  return lines.map(({ line, place }) => requestOf(givenRequest(line, place), as, files));
}

function givenRequest(line: string, place: string): GivenRequest {
  const value = parsed(line, place);
  if (!isGivenRequest(value)) {
    const [mistake] = isGivenRequest.errors ?? [];
    throw new CommandError(EXIT.data, `${place}: ${mistake?.instancePath ?? ""} ${mistake?.message ?? "no request"}`);
  }
  const wrong = Object.keys(value.expect?.members ?? {}).find((pointer) => parsePointer(pointer) === null);
  if (wrong !== undefined) throw new CommandError(EXIT.data, `${place}: ${wrong} is no JSON pointer such as /verdict`);
  return value;
}

function parsed(line: string, place: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new CommandError(EXIT.data, `${place}: not JSON`);
  }
}

function requestOf(given: GivenRequest, as: string | null, files: BodyFiles): LoadRequest {
  const { path, expect = {} } = given;
  const { status = 200, contains = [], lacks = [], members } = expect;
  const body = bodyOf(given, files);
  return {
    method: given.method ?? (body === null ? "GET" : "POST"),
    path,
    as,
    contentType: given.contentType ?? usualType(given),
    body,
    expect: { status, contains, lacks, ...(members !== undefined && { members }) },
  };
}

function bodyOf({ body, bodyFile }: GivenRequest, files: BodyFiles): LoadRequest["body"] {
  if (bodyFile !== undefined) return files.read(bodyFile);
  if (body === undefined) return null;
  return typeof body === "string" ? body : JSON.stringify(body);
}

function usualType({ body, bodyFile }: GivenRequest): string | null {
  if (bodyFile !== undefined) return bodyFile.toLowerCase().endsWith(".ofd") ? "application/ofd" : "application/json";
  return body === undefined ? null : "application/json";
}

/** Each is read once, however many requests send it. */
class BodyFiles {
  readonly #directory: string;
  readonly #read = new Map<string, Buffer>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  read(name: string): Buffer {
    const path = resolve(this.#directory, name);
    const bytes = this.#read.get(path) ?? read(path);
    this.#read.set(path, bytes);
    return bytes;
  }
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CommandError(EXIT.unreadable, `${file}: ${systemCode(error)}`);
  }
}
