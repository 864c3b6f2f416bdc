import { readFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LookupBody, MatchBody } from "#gateway/exchange/inquiry-body.ts";
import { FAULTS } from "#gateway/fault.ts";
import { readContract, type Schemas } from "#gateway/http/routes.ts";
import type { AnsweredReport, ExchangeRecord, StoredExchange } from "#gateway/log/exchange-record.ts";
import { ask, misfitsOf } from "./contract-check.ts";
import { OFD_HEADERS, startTestService, type TestService } from "./service.ts";

const yamlFile = new URL("../../gateway/openapi.yaml", import.meta.url);
const typesFile = new URL("../../gateway/http/contract.d.ts", import.meta.url);

/** What is answered is what the contract promises; checked by the compiler. */
export const PROMISED = {
  report: (report: AnsweredReport): Schemas["Report"] => report,
  record: (record: ExchangeRecord): Schemas["ExchangeRecord"] => record,
  stored: (stored: StoredExchange): Schemas["Exchange"] => stored,
  lookup: (body: LookupBody): Schemas["LookupAnswer"] => body,
  match: (body: MatchBody): Schemas["MatchAnswer"] => body,
};

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

const contract = readContract();

test("contract.d.ts is what openapi.yaml generates (npm run contract)", async () => {
  const generated = astToString(await openapiTS(yamlFile, { immutable: true }));
  const committed = readFileSync(typesFile, "utf8");
  // The command line puts a notice on top.
  expect(committed.slice(committed.indexOf("export interface"))).toBe(
    generated.slice(generated.indexOf("export interface")),
  );
});

describe("the contract's examples fit its schemas", () => {
  const { examples } = (contract as unknown as { components: { examples: Record<string, { value: unknown }> } })
    .components;
  const schemas: Readonly<Record<string, keyof Schemas>> = {
    Passed: "Report",
    Refused: "Refused",
    Denied: "Denied",
    InvalidRequest: "Problem",
    Busy: "Problem",
    MatchRequest: "MatchRequest",
    MatchAnswer: "MatchAnswer",
    LookupRequest: "LookupRequest",
    LookupAnswer: "LookupAnswer",
  };
  test.each(Object.entries(examples))("%s", (name, { value }) => {
    const schema = schemas[name];
    expect(schema === undefined ? "of which schema?" : misfitsOf(schema, value)).toBeNull();
  });
});

test("what is served at /openapi.json is the contract, and at /docs too", async () => {
  expect(await (await fetch(`${service.url}/openapi.json`)).json()).toEqual(contract);
  expect(await (await fetch(`${service.url}/docs/json`)).json()).toEqual(contract);
});

test("every answer fits the contract", async () => {
  const posted = await ask(`${service.url}/v1/verifications`, { method: "POST", body: "x", headers: OFD_HEADERS });
  const report = (await posted.json()) as AnsweredReport;
  expect(misfitsOf("Report", report)).toBeNull();
  const stored: unknown = await (await ask(`${service.url}${report.exchange.url}`)).json();
  expect(misfitsOf("Exchange", stored)).toBeNull();
  expect(misfitsOf("VerificationRecord", (stored as StoredExchange).record)).toBeNull();
  expect((await ask(`${service.url}/health/ready`)).status).toBe(200);
  expect((await ask(`${service.url}/v1/exchanges/1`)).status).toBe(400);
});

type Schema = {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
};
type Operation = {
  readonly operationId: string;
  readonly security?: readonly object[];
  readonly "x-max-bytes"?: number;
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> };
  readonly responses: Readonly<Record<string, unknown>>;
};

const METHODS = ["get", "put", "post", "delete"] as const;
const OPERATIONS = Object.values(contract.paths).flatMap((item) =>
  METHODS.flatMap((method) => (method in item ? [item[method] as Operation] : [])),
);

describe("every operation promises the statuses that its faults have", () => {
  test.each(OPERATIONS.map((operation) => [operation.operationId, operation] as const))("%s", (_name, operation) => {
    const { responses, requestBody, security = contract.security } = operation;
    const wanted: number[] = [FAULTS.INVALID_REQUEST.status];
    if (security.length > 0) wanted.push(FAULTS.TOKEN_INVALID.status, FAULTS.DENIED.status);
    if (security.length > 0) wanted.push(FAULTS.RATE_LIMITED.status, FAULTS.LOG_UNAVAILABLE.status);
    if (requestBody !== undefined) {
      wanted.push(FAULTS.REQUEST_TIMEOUT.status, FAULTS.BODY_TOO_LARGE.status, FAULTS.UNSUPPORTED_MEDIA_TYPE.status);
    }
    const promised = Object.keys(responses).map(Number);
    if (operation.operationId === "issueToken") wanted.push(FAULTS.ASSERTION_INVALID.status);
    expect(wanted.filter((status) => !promised.includes(status))).toEqual([]);
  });
});

/** Where a schema lets in what has no bound, or members that nobody has named. */
function looseEnds(schema: Schema, place: string): string[] {
  if (schema.$ref !== undefined) return looseEnds(componentAt(schema.$ref), place);
  const { properties = {}, additionalProperties, items, oneOf = [], anyOf = [] } = schema;
  const ends = [...ownLooseEnds(schema)].map((what) => `${place}: ${what}`);
  const members = Object.entries(properties).flatMap(([name, each]) => looseEnds(each, `${place}/${name}`));
  const others = typeof additionalProperties === "object" ? looseEnds(additionalProperties, `${place}/*`) : [];
  const elements = items === undefined ? [] : looseEnds(items, `${place}/0`);
  return [
    ...ends,
    ...members,
    ...others,
    ...elements,
    ...[...oneOf, ...anyOf].flatMap((each) => looseEnds(each, place)),
  ];
}

function* ownLooseEnds({ type = [], ...schema }: Schema): Generator<string> {
  const types = [type].flat();
  const isNamed = schema.enum !== undefined || schema.const !== undefined;
  const isBounded =
    schema.maxLength !== undefined || (schema.pattern !== undefined && !/[*+](?:[^?]|$)/.test(schema.pattern));
  if (types.includes("string") && !isNamed && !isBounded) yield "a text without bound";
  if (types.includes("array") && schema.maxItems === undefined) yield "a list without bound";
  if (!types.includes("object") || schema.additionalProperties === false) return;
  if (schema.additionalProperties === undefined) yield "members without names";
  if (schema.maxProperties === undefined) yield "members without bound";
}

function componentAt(ref: string): Schema {
  const { components } = contract as unknown as { components: { schemas: Readonly<Record<string, Schema>> } };
  return components.schemas[ref.replace("#/components/schemas/", "")] ?? {};
}

test("whatever a request may hold has a bound and a name", () => {
  const bodies = OPERATIONS.flatMap(({ operationId, requestBody }) =>
    Object.entries(requestBody?.content ?? {}).flatMap(([type, { schema }]) =>
      schema === undefined || type === "multipart/form-data" ? [] : [looseEnds(schema, operationId)],
    ),
  );
  expect(bodies.length).toBeGreaterThan(10);
  expect(bodies.flat()).toEqual([]);
});

test("every body has its longest length, but that of documents, which is configured", () => {
  const unbounded = OPERATIONS.filter((operation) => operation.requestBody !== undefined && !operation["x-max-bytes"]);
  expect(unbounded.map(({ operationId }) => operationId)).toEqual(["verifyDocument"]);
});

describe("the page of the API loads nothing from outside this machine", () => {
  const paths = ["/docs", "/docs/", "/docs/static/swagger-initializer.js", "/docs/static/index.css"];

  test.each([...paths, "/docs/static/swagger-ui.css"])("%s", async (path) => {
    const response = await fetch(service.url + path);
    expect(response.status).toBe(200);
    const text = await response.text();
    const loads =
      /(?:src|href|action)\s*=\s*["']?(?:https?:)?\/\/|url\(\s*["']?(?:https?:)?\/\/|@import|fetch\(|importScripts/i;
    expect(text).not.toMatch(loads);
    expect(text).not.toMatch(/validatorUrl: "/);
  });

  test("the browser is told so", async () => {
    const response = await fetch(`${service.url}/docs`);
    await response.text();
    const policy = response.headers.get("content-security-policy");
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/https?:|\*/);
  });

  test("every file that the page names is served", async () => {
    const page = await (await fetch(`${service.url}/docs`)).text();
    const named = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? "");
    expect(named.length).toBeGreaterThan(4);
    for (const path of named) {
      const response = await fetch(service.url + path);
      expect(response.status).toBe(200);
      await response.arrayBuffer();
    }
  });
});
