import { SettingsError } from "../settings.ts";
import { SourceError } from "../source-error.ts";
import type { ResourceShape } from "../source.ts";
import type { SettingsReader } from "../strict-settings.ts";
import { type BodyTemplate, parseWholeBody, placeholdersInBody, renderBody } from "./body-template.ts";
import {
  type Asking,
  literalsIn,
  parseTemplate,
  placeholdersAlwaysThere,
  placeholdersIn,
  placeholdersOf,
  render,
  type Template,
  type Values,
} from "./template.ts";

/** How a question is put. Entries of `query` and `headers` whose placeholders a question lacks are left out of it. */
export type RequestTemplate = {
  readonly method: "GET" | "POST";
  readonly path: Template;
  readonly query: ReadonlyMap<string, Template>;
  readonly headers: ReadonlyMap<string, Template>;
  /** Null when nothing is sent. */
  readonly body: BodyTemplate | null;
};
export type RenderedRequest = {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

export const REQUEST_MEMBERS = ["method", "path", "query", "headers", "body"] as const;
type RequestMember = (typeof REQUEST_MEMBERS)[number];

/** Headers that belong to the connection, or to the source's `auth`. */
const NOT_OURS =
  /^(?:host|connection|content-.*|transfer-encoding|te|trailer|upgrade|keep-alive|expect|accept-encoding|authorization|cookie|proxy-.*)$/;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Of a path as written in settings: no query, no fragment, no blank. */
const PATH = /^\/[^?#\\\s]*$/;

/** Throws SettingsError, also when a set of keys would not reach the source whole. */
export function readRequest(
  reader: SettingsReader<RequestMember>,
  resource: ResourceShape,
  asking: Asking,
): RequestTemplate {
  const known = placeholdersOf(resource, asking);
  const method = reader.optionalChoice("method", ["GET", "POST"]) ?? "GET";
  if (method === "GET" && reader.has("body")) reader.refuse("body", "needs the method POST");
  const request = {
    method,
    path: readPath(reader, known, placeholdersAlwaysThere(resource, asking)),
    query: readQuery(reader, known),
    headers: readHeaders(reader, known),
    body: reader.has("body") ? parseWholeBody(reader.raw("body"), `${reader.place}.body`, known) : null,
  };
  assertKeysSent(placeholdersOfAll(request), reader.place, resource);
  return request;
}

function readPath(
  reader: SettingsReader<RequestMember>,
  known: ReadonlySet<string>,
  always: ReadonlySet<string>,
): Template {
  const text = reader.text("path", { pattern: PATH });
  const path = parseTemplate(text, `${reader.place}.path`, known);
  if (text.split("/").some(isDots)) reader.refuse("path", "must not hold the segments . or ..");
  const lacking = placeholdersIn(path).find((name) => !always.has(name));
  if (lacking !== undefined) reader.refuse("path", `has a placeholder that not every question fills: {${lacking}}`);
  return path;
}

function readQuery(reader: SettingsReader<RequestMember>, known: ReadonlySet<string>): RequestTemplate["query"] {
  const query = reader.optionalTextsByName("query") ?? new Map<string, string>();
  return new Map([...query].map(([name, text]) => [name, parseTemplate(text, `${reader.place}.query.${name}`, known)]));
}

function readHeaders(reader: SettingsReader<RequestMember>, known: ReadonlySet<string>): RequestTemplate["headers"] {
  const headers = reader.optionalTextsByName("headers") ?? new Map<string, string>();
  return new Map(
    [...headers].map(([name, text]) => {
      const place = `${reader.place}.headers.${name}`;
      const lower = name.toLowerCase();
      if (!HEADER_NAME.test(name) || NOT_OURS.test(lower)) throw new SettingsError(`${place} is no header to set here`);
      const template = parseTemplate(text, place, known);
      if (!literalsIn(template).every(isVisibleAscii)) throw new SettingsError(`${place} must be in visible ASCII`);
      return [lower, template];
    }),
  );
}

const isVisibleAscii = (text: string): boolean => /^[\u0020-\u007e]*$/.test(text);

/** The answer to a question without its key would be about somebody else. Throws SettingsError. */
export function assertKeysSent(placeholders: readonly string[], place: string, resource: ResourceShape): void {
  const missing = resource.keys.flat().find((key) => !placeholders.includes(`keys.${key}`));
  if (missing !== undefined) throw new SettingsError(`${place} must send the key: {keys.${missing}}`);
}

function placeholdersOfAll({ path, query, headers, body }: RequestTemplate): readonly string[] {
  const templates = [path, ...query.values(), ...headers.values()];
  return [...templates.flatMap(placeholdersIn), ...(body === null ? [] : placeholdersInBody(body))];
}

/** `base` has neither query nor fragment. Throws SourceError SOURCE_ADDRESS when a value would change where the request goes. */
export function renderRequest(template: RequestTemplate, base: URL, values: Values): RenderedRequest {
  const { method, body } = template;
  if ([...values.values()].some(isUnfit)) throw unfit("a value of the question holds a control character");
  const url = below(base, renderPath(template.path, values));
  url.search = renderQuery(template.query, values);
  const headers = Object.fromEntries(rendered(template.headers, values, encodeURIComponent));
  if (body === null) return { method, url, headers };
  return {
    method,
    url,
    headers: { ...headers, "content-type": "application/json; charset=utf-8" },
    body: JSON.stringify(renderBody(body, values)),
  };
}

/** `path` starts with a slash and is already encoded. */
export function below(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/$/, "")}${path}`;
  return url;
}

/** A value stays within its segment, also for servers that decode before they split. */
function renderPath(template: Template, values: Values): string {
  const path = render(template, values, (value) => {
    if (value === "" || /[/\\%?#;]/.test(value)) throw unfit("a value of the question would change the path");
    return encodeURIComponent(value);
  });
  if (path === null || path.slice(1).split("/").some(isDots)) throw unfit("the question would change the path");
  return path;
}

const isUnfit = (value: string): boolean => /\p{Cc}/u.test(value) || !value.isWellFormed();
const unfit = (why: string): SourceError => new SourceError("SOURCE_ADDRESS", why, { sent: false });

/** As URL parsers see it: an encoded dot is a dot. */
const isDots = (segment: string): boolean => /^(?:\.|%2e){1,2}$/i.test(segment);

function renderQuery(query: RequestTemplate["query"], values: Values): string {
  return new URLSearchParams(Object.fromEntries(rendered(query, values, (value) => value))).toString();
}

function rendered(
  templates: ReadonlyMap<string, Template>,
  values: Values,
  encode: (value: string) => string,
): (readonly [string, string])[] {
  return [...templates].flatMap(([name, template]) => {
    const text = render(template, values, encode);
    return text === null ? [] : [[name, text] as const];
  });
}
