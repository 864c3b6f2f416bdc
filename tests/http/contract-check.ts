import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { methodsAt, readContract, type Schemas } from "#gateway/http/routes.ts";

const contract = readContract();
const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
addFormats.default(ajv);
ajv.addSchema(contract, "contract");

type Media = { readonly schema?: object };
type Promised = { readonly $ref?: string; readonly content?: Readonly<Record<string, Media>> };
type Operation = { readonly responses: Readonly<Record<string, Promised>> };

/** What does not fit; null when all does. */
function misfits(pointer: string, value: unknown): unknown {
  const validate: ValidateFunction | undefined = ajv.getSchema(`contract#${pointer}`);
  if (validate === undefined) return `no schema at ${pointer}`;
  return validate(value) === true ? null : validate.errors;
}

export const misfitsOf = (schema: keyof Schemas, value: unknown): unknown =>
  misfits(`/components/schemas/${schema}`, value);

const escape = (step: string): string => encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1"));

function templateOf(path: string): string {
  const given = path.split("/");
  const fits = (template: string): boolean => {
    const wanted = template.split("/");
    return wanted.length === given.length && wanted.every((part, at) => part.startsWith("{") || part === given[at]);
  };
  const found = Object.keys(contract.paths).find(fits);
  if (found === undefined) throw new Error(`the contract has no ${path}`);
  return found;
}

/** Statuses of HTTP itself and of defects: no operation promises them. */
const GENERAL: readonly number[] = [405, 431, 500];

/** Throws unless this is an answer that the contract promises for the request. The body can be read again. */
export async function checkAnswer(method: string, url: string, response: Response): Promise<void> {
  const { pathname } = new URL(url);
  const isRouted = methodsAt(contract, pathname).includes(method);
  if (GENERAL.includes(response.status) || (response.status === 404 && !isRouted)) {
    return await checkContent({ $ref: "#/components/responses/Problem" }, pathname, response);
  }
  const template = templateOf(pathname);
  const operation = contract.paths[template]?.[method.toLowerCase()] as Operation;
  const place = `/paths/${escape(template)}/${method.toLowerCase()}/responses/${response.status}`;
  const promised = operation.responses[response.status];
  if (promised === undefined) throw new Error(`${method} ${template} promises no ${response.status}`);
  await checkContent(promised, place, response);
}

async function checkContent(promised: Promised, place: string, response: Response): Promise<void> {
  const pointer = promised.$ref?.slice(1) ?? place;
  const content = promised.$ref === undefined ? promised.content : componentAt(pointer).content;
  const text = await response.clone().text();
  if (content === undefined) {
    if (text !== "") throw new Error(`${place} promises no body`);
    return;
  }
  const type = response.headers.get("content-type")?.split(";", 1)[0] ?? "";
  if (!(type in content)) throw new Error(`${place} promises no ${type}`);
  const wrong = misfits(`${pointer}/content/${escape(type)}/schema`, JSON.parse(text));
  if (wrong !== null) throw new Error(`${place}: ${JSON.stringify(wrong)}`);
}

function componentAt(pointer: string): Promised {
  const [, , kind = "", name = ""] = pointer.split("/");
  const { components } = contract as unknown as { components: Record<string, Record<string, Promised>> };
  const found = components[kind]?.[name];
  if (found === undefined) throw new Error(`no component ${pointer}`);
  return found;
}

/** `fetch`, with every answer held against the contract. */
export async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, init);
  await checkAnswer(init.method ?? "GET", url, response);
  return response;
}
