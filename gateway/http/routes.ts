import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { FastifyInstance, FastifySchemaCompiler, RouteHandlerMethod, RouteOptions } from "fastify";
import { fastifyOpenapiGlue } from "fastify-openapi-glue";
import { parse } from "yaml";
import type { components, operations } from "./contract.d.ts";

export type Schemas = components["schemas"];
/** One handler for each operation of the contract. */
export type Handlers = { readonly [Operation in keyof operations]: RouteHandlerMethod };

type PathItem = Readonly<Record<string, unknown>>;
export type Contract = { readonly openapi: string; readonly paths: Readonly<Record<string, PathItem>> };

export function readContract(): Contract {
  return parse(readFileSync(new URL("../openapi.yaml", import.meta.url), "utf8"));
}

/** Registers the contract's routes. Requests are checked against it as they are: nothing is coerced, defaulted or removed. */
export async function serveContract(app: FastifyInstance, contract: Contract, handlers: Handlers): Promise<void> {
  const ajv = new Ajv2020({ removeAdditional: false, coerceTypes: false, useDefaults: false, allErrors: false });
  addFormats.default(ajv);
  app.setValidatorCompiler(compileWith(ajv));
  await app.register(async (scope) => {
    scope.addHook("onRoute", refuseUnknownQuery);
    await scope.register(fastifyOpenapiGlue, {
      specification: withoutAnswers(contract),
      serviceHandlers: handlers,
    });
  });
}

/** Answers are typed by the contract, not made by schema: a serialiser would drop what it does not know, without a word. */
function withoutAnswers(contract: Contract): Contract {
  const copy = structuredClone(contract);
  for (const operation of Object.values(copy.paths).flatMap(Object.values))
    Reflect.deleteProperty(operation, "responses");
  return copy;
}

type HttpPart = { readonly httpPart?: string; readonly contentType?: string };

/** Bodies that are not JSON are bytes: the intake reads them, not a schema. */
function compileWith(ajv: Ajv2020): FastifySchemaCompiler<object> {
  return (route) => {
    const { httpPart, contentType }: HttpPart = route as HttpPart;
    if (httpPart === "body" && contentType !== "application/json") return () => true;
    return ajv.compile(route.schema);
  };
}

/** OpenAPI cannot say that a query has no other members. */
function refuseUnknownQuery(route: RouteOptions): void {
  const query = route.schema?.querystring ?? { type: "object", properties: {} };
  route.schema = { ...route.schema, querystring: { ...query, additionalProperties: false } };
}

/** The methods that the contract has for a path, [] when it has no such path. */
export function methodsAt(contract: Contract, path: string): readonly string[] {
  const found = Object.entries(contract.paths).find(([template]) => matchesTemplate(template, path));
  return Object.keys(found?.[1] ?? {}).map((method) => method.toUpperCase());
}

function matchesTemplate(template: string, path: string): boolean {
  const wanted = template.split("/");
  const given = path.split("/");
  return wanted.length === given.length && wanted.every((part, at) => part.startsWith("{") || part === given[at]);
}
