import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { FastifyInstance, FastifySchemaCompiler, RouteHandlerMethod, RouteOptions } from "fastify";
import { fastifyOpenapiGlue } from "fastify-openapi-glue";
import { parse } from "yaml";
import type { components, operations } from "./contract.d.ts";
import { FORM, JSON_TYPE, MULTIPART } from "./media-type.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** What the contract says of this route; absent where it says nothing, as of the pages at /docs. */
    facts?: RouteFacts;
  }
}

export type Schemas = components["schemas"];
export type OperationId = keyof operations;
/** One handler for each operation of the contract. */
export type Handlers = { readonly [Operation in OperationId]: RouteHandlerMethod };

/** `caller`: whether it must be known who asks. `legacy`: headers of the national platforms are taken for it. */
export type RouteFacts = {
  readonly operation: OperationId;
  readonly caller: "unasked" | "optional" | "known";
  readonly legacy: boolean;
  /** Of the body; empty when there is none. */
  readonly mediaTypes: readonly string[];
  /** Of the body; null when the intake of documents bounds it. */
  readonly maxBytes: number | null;
};

type SecurityRequirement = Readonly<Record<string, unknown>>;
type Operation = {
  readonly operationId: OperationId;
  readonly security?: readonly SecurityRequirement[];
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
  readonly "x-max-bytes"?: number;
};
type PathItem = Readonly<Record<string, unknown>>;
export type Contract = {
  readonly openapi: string;
  readonly security: readonly SecurityRequirement[];
  readonly paths: Readonly<Record<string, PathItem>>;
};

const METHODS: ReadonlySet<string> = new Set(["get", "put", "post", "delete"]);

export function readContract(): Contract {
  return parse(readFileSync(new URL("../openapi.yaml", import.meta.url), "utf8"));
}

/** Puts what the contract says of a route beside it. To be called before the routes are registered. */
export function noteFacts(scope: FastifyInstance, contract: Contract): void {
  const known = new Map<unknown, Operation>(operationsOf(contract).map((each) => [each.operationId, each]));
  scope.addHook("onRoute", (route) => {
    const operation = known.get(operationIdOf(route));
    if (operation !== undefined) route.config = { ...route.config, facts: factsOf(operation, contract) };
  });
}

const operationIdOf = ({ schema }: RouteOptions): unknown =>
  schema !== undefined && "operationId" in schema ? schema.operationId : undefined;

/** Registers the contract's routes. Requests are checked against it as they are: nothing is coerced, defaulted or removed. */
export async function serveContract(scope: FastifyInstance, contract: Contract, handlers: Handlers): Promise<void> {
  const ajv = new Ajv2020({ removeAdditional: false, coerceTypes: false, useDefaults: false, allErrors: false });
  addFormats.default(ajv);
  scope.setValidatorCompiler(compileWith(ajv));
  scope.addHook("onRoute", refuseUnknownQuery);
  const specification = withWildcards(withoutAnswers(contract));
  await scope.register(fastifyOpenapiGlue, { specification, serviceHandlers: handlers });
}

/** The parameter that may hold slashes, as Fastify names it. */
export const REST = "*";

/** OpenAPI knows no parameter with slashes: `x-slashes` of a path names its last one, which is to be one. */
function withWildcards(contract: Contract): Contract {
  const paths = Object.entries(contract.paths).map(([path, item]) =>
    "x-slashes" in item ? [path.replace(/\{\w+\}$/, REST), { ...item, parameters: [REST_PARAMETER] }] : [path, item],
  );
  return { ...contract, paths: Object.fromEntries(paths) };
}

const REST_PARAMETER = { name: REST, in: "path", required: true, schema: { type: "string" } };

const operationsOf = ({ paths }: Contract): Operation[] =>
  Object.values(paths).flatMap((item) =>
    Object.entries(item).flatMap(([method, operation]) => (METHODS.has(method) ? [operation as Operation] : [])),
  );

/** The contract in two: operations that take a form in parts, and all others. */
export function byForm(contract: Contract): { readonly forms: Contract; readonly others: Contract } {
  const takesForm = ({ requestBody }: Operation): boolean =>
    requestBody !== undefined && MULTIPART in requestBody.content;
  return {
    forms: withOperations(contract, takesForm),
    others: withOperations(contract, (operation) => !takesForm(operation)),
  };
}

function withOperations(contract: Contract, isWanted: (operation: Operation) => boolean): Contract {
  const wanted = ([name, member]: readonly [string, unknown]): boolean =>
    !METHODS.has(name) || isWanted(member as Operation);
  const paths = Object.entries(contract.paths).map(([path, item]) => [
    path,
    Object.fromEntries(Object.entries(item).filter(wanted)),
  ]);
  return { ...contract, paths: Object.fromEntries(paths) };
}

/** Answers are typed by the contract, not made by schema: a serialiser would drop what it does not know, without a word. */
function withoutAnswers(contract: Contract): Contract {
  const copy = structuredClone(contract);
  for (const operation of operationsOf(copy)) Reflect.deleteProperty(operation, "responses");
  return copy;
}

function factsOf(operation: Operation, contract: Contract): RouteFacts {
  const security = operation.security ?? contract.security;
  const isOptional = security.some((requirement) => Object.keys(requirement).length === 0);
  return {
    operation: operation.operationId,
    caller: security.length === 0 ? "unasked" : isOptional ? "optional" : "known",
    legacy: security.some((requirement) => "legacy" in requirement),
    mediaTypes: Object.keys(operation.requestBody?.content ?? {}),
    maxBytes: operation["x-max-bytes"] ?? null,
  };
}

type HttpPart = { readonly httpPart?: string; readonly contentType?: string };

/** Bodies that are neither JSON nor a form's fields are bytes: a stream, which no schema reads. */
function compileWith(ajv: Ajv2020): FastifySchemaCompiler<object> {
  return (route) => {
    const { httpPart, contentType = "" }: HttpPart = route as HttpPart;
    if (httpPart === "body" && ![JSON_TYPE, FORM].includes(contentType)) return () => true;
    return ajv.compile(httpPart === "headers" ? withLowerCaseNames(route.schema as ParameterSchema) : route.schema);
  };
}

type ParameterSchema = {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
};

/** As Node.js writes the names of headers. A name in the contract's own writing would never be found, and nothing checked. */
const withLowerCaseNames = ({ properties, required = [], ...schema }: ParameterSchema): object => ({
  ...schema,
  properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name.toLowerCase(), value])),
  required: required.map((name) => name.toLowerCase()),
});

/** OpenAPI cannot say that a query has no other members. */
function refuseUnknownQuery(route: RouteOptions): void {
  const query = route.schema?.querystring ?? { type: "object", properties: {} };
  route.schema = { ...route.schema, querystring: { ...query, additionalProperties: false } };
}

/** Every media type that the contract has for bodies. */
export const mediaTypesOf = (contract: Contract): readonly string[] => [
  ...new Set(operationsOf(contract).flatMap(({ requestBody }) => Object.keys(requestBody?.content ?? {}))),
];

/** The methods that the contract has for a path, [] when it has no such path. */
export function methodsAt(contract: Contract, path: string): readonly string[] {
  const found = Object.entries(contract.paths).find(([template, item]) =>
    matchesTemplate(template, "x-slashes" in item ? mergeRest(template, path) : path),
  );
  const methods = Object.keys(found?.[1] ?? {}).filter((name) => METHODS.has(name));
  return methods.map((method) => method.toUpperCase());
}

/** All from the template's last part on as one part. */
function mergeRest(template: string, path: string): string {
  const last = template.split("/").length - 1;
  const given = path.split("/");
  return given.length <= last ? path : [...given.slice(0, last), given.slice(last).join("")].join("/");
}

function matchesTemplate(template: string, path: string): boolean {
  const wanted = template.split("/");
  const given = path.split("/");
  return wanted.length === given.length && wanted.every((part, at) => part.startsWith("{") || part === given[at]);
}
