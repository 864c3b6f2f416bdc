import type { Readable } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { parseTokenForm } from "#gateway/clients/token-endpoint.ts";
import { Fault } from "#gateway/fault.ts";
import { collect } from "./body-stream.ts";
import { type DigestCheck, digestCheck } from "./content-digest.ts";
import { checkMediaType, essenceOf, FORM, JSON_TYPE, MULTIPART, unsupportedType } from "./media-type.ts";
import type { RouteFacts } from "./routes.ts";
import { parseStrictJson } from "./strict-json.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The body's bytes as they came, of bodies that are read whole; null for all others. */
    bytes: Buffer | null;
  }
}

/** Bodies that are read whole, by media type. */
const PARSERS: ReadonlyMap<string, (bytes: Buffer) => unknown> = new Map<string, (bytes: Buffer) => unknown>([
  [JSON_TYPE, parseStrictJson],
  [FORM, (bytes) => parseTokenForm(bytes.toString("latin1"))],
]);

/** Fastify parses no body: streams are handed on, and read under bounds of our own. */
export function handOnBodies(app: FastifyInstance, mediaTypes: readonly string[]): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser([...mediaTypes], (_request, payload, done) => done(null, payload));
  app.decorateRequest("bytes", null);
}

/** Before the body is read: what its headers already rule out. */
export function inspectBodyHeaders({ headers }: FastifyRequest, { mediaTypes, maxBytes }: RouteFacts): void {
  const { "content-type": contentType, "content-encoding": encoding, "content-length": length = "0" } = headers;
  const isThere = headers["transfer-encoding"] !== undefined || Number(length) > 0;
  if (mediaTypes.length === 0) {
    if (isThere) throw new Fault("INVALID_REQUEST", "body: none is expected");
    return;
  }
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    throw new Fault("UNSUPPORTED_MEDIA_TYPE", "the body must not have a content encoding");
  }
  if (contentType !== undefined) checkMediaType(contentType, mediaTypes);
  else throw isThere ? unsupportedType(mediaTypes) : missingBody(mediaTypes);
  if (maxBytes !== null && Number(length) > maxBytes) {
    throw new Fault("BODY_TOO_LARGE", `the body may have ${maxBytes} bytes`);
  }
}

const missingBody = (mediaTypes: readonly string[]): Fault =>
  mediaTypes.some((type) => PARSERS.has(type))
    ? new Fault("INVALID_REQUEST", "body: is missing")
    : new Fault("EMPTY_BODY");

/** Reads and parses a body of JSON or of form fields, and holds it against its digests, as no body at all. */
export function readBody(request: FastifyRequest, facts: RouteFacts, maxSilence: number): void | Promise<void> {
  if (facts.mediaTypes.length === 0) return holdAgainstDigests(Buffer.alloc(0), request);
  const parser = PARSERS.get(essenceOf(request.headers["content-type"]) ?? "");
  if (parser === undefined || facts.maxBytes === null) return;
  return readWhole(request, parser, { maxBytes: facts.maxBytes, maxSilence });
}

const readWhole = (
  request: FastifyRequest,
  parse: (bytes: Buffer) => unknown,
  bounds: { readonly maxBytes: number; readonly maxSilence: number },
): Promise<void> =>
  collect(request.body as Readable, bounds, (bytes) => {
    holdAgainstDigests(bytes, request);
    request.bytes = bytes;
    request.body = parse(bytes);
  });

function holdAgainstDigests(bytes: Buffer, request: FastifyRequest): void {
  const check = digestCheckOf(request);
  check?.update(bytes);
  check?.finish();
}

/** What the body of this request has to hash to; null when nothing says. Throws for a form in parts, whose bytes nobody sees whole. */
export function digestCheckOf({ headers, proof }: FastifyRequest): DigestCheck | null {
  const contentDigest = headers["content-digest"];
  const check = digestCheck(contentDigest === undefined ? undefined : String(contentDigest), proof?.bodyDigest ?? null);
  if (check !== null && essenceOf(headers["content-type"]) === MULTIPART) {
    throw new Fault("INVALID_REQUEST", "a body that is signed or has a digest must not be a form in parts");
  }
  return check;
}
