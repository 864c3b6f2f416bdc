import { X509Certificate } from "node:crypto";
import { isIP, type LookupFunction } from "node:net";
import { createSecureContext, type SecureContext } from "node:tls";
import { Agent, buildConnector, type Dispatcher } from "undici";
import { abortable } from "./abortable.ts";
import { addressRefusal, type Network, type Transport } from "./address-check.ts";
import { addressError, checkedLookup } from "./checked-lookup.ts";
import { connectionError, exchangeError, statusError } from "./outbound-errors.ts";
import { SettingsError } from "./settings.ts";
import { SourceError } from "./source-error.ts";

export type OutboundOptions = {
  /** Networks that the source may stand in besides the Internet, see parseNetworks. */
  readonly allowed: readonly Network[];
  /** PEM, in place of the certification authorities that Node brings. */
  readonly ca?: string;
  /** PEM, shown to a source that asks for it. */
  readonly clientCertificate?: { readonly certificate: string; readonly key: string };
  /** How names become addresses; the system's way by default. */
  readonly lookup?: LookupFunction;
};

/** `url` is http or https without credentials. `accept`: statuses to hand back though they stand for an error. */
export type OutboundRequest = {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
  /** Goes on as a header. */
  readonly traceparent?: string | undefined;
  /** Of the body, as received. */
  readonly maxBytes: number;
  readonly accept?: readonly number[];
};
/** Names of headers are lower-case. */
export type OutboundAnswer = {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
};

/** `send` throws SourceError, and the signal's reason when that aborts. */
export type Outbound = {
  readonly send: (request: OutboundRequest) => Promise<OutboundAnswer>;
  /** Ends what is under way. */
  readonly close: () => Promise<void>;
};

const CONNECTIONS = 32;
const CONNECT_TIMEOUT = 5_000;
const IDLE = 15_000;
/** After it a connection is made anew, so that a changed address is seen. */
const LIFETIME = 600_000;
/** Above every deadline: what ends a call is its signal. */
const SILENCE = 90_000;
const HEADER_BYTES = 16_384;

/**
 * The way to one source, with connections of its own that are kept and reused. Every address is judged as the connection is
 * made, so that a name which changes its address gains nothing. Certificates are always verified. No redirection is followed,
 * no encoding accepted, no more bytes taken than asked for. Throws SettingsError when a certificate or key is none.
 */
export function openOutbound(options: OutboundOptions): Outbound {
  const agent = new Agent({
    connect: checkedConnector(options),
    connections: CONNECTIONS,
    clientTtl: LIFETIME,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: IDLE,
    keepAliveMaxTimeout: IDLE,
    headersTimeout: SILENCE,
    bodyTimeout: SILENCE,
    maxHeaderSize: HEADER_BYTES,
  });
  return { send: (request) => send(agent, request), close: () => agent.destroy() };
}

async function send(agent: Agent, request: OutboundRequest): Promise<OutboundAnswer> {
  const { method, url, body = null, signal, traceparent } = request;
  signal.throwIfAborted();
  if (!/^https?:$/.test(url.protocol)) throw addressError(url.host, "neither http nor https");
  if (url.username !== "" || url.password !== "") throw addressError(url.host, "credentials in the address");
  try {
    const asking = agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers: {
        ...(traceparent !== undefined && { traceparent }),
        ...request.headers,
        "accept-encoding": "identity",
      },
      body,
      signal,
    });
    // While a connection is being made, undici itself does not look at the signal.
    const answer = await abortable(asking, signal);
    return await receive(answer, request);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw exchangeError(error, url.host, "question");
  }
}

async function receive(answer: Dispatcher.ResponseData, request: OutboundRequest): Promise<OutboundAnswer> {
  const { statusCode: status, body } = answer;
  const headers = headersOf(answer.headers);
  const refusal = refusalOf(status, headers, request);
  if (refusal !== null) {
    // The connection ends with it: nobody waits for a body that nobody reads.
    body.on("error", () => {}).destroy();
    throw refusal;
  }
  return { status, headers, body: await readBody(body, request) };
}

function refusalOf(status: number, headers: ReadonlyMap<string, string>, request: OutboundRequest): SourceError | null {
  const { accept = [], maxBytes } = request;
  if (!accept.includes(status)) {
    const error = statusError(status, headers, Date.now());
    if (error !== null) return error;
  }
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity") return new SourceError("SOURCE_MALFORMED", "encoded content");
  return Number(headers.get("content-length") ?? 0) > maxBytes ? tooLarge(maxBytes) : null;
}

/** Counts what arrives, whatever was announced. */
async function readBody(body: Dispatcher.ResponseData["body"], { maxBytes, url }: OutboundRequest): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    throw exchangeError(error, url.host, "answer");
  }
  return Buffer.concat(chunks, bytes);
}

const tooLarge = (maxBytes: number): SourceError => new SourceError("SOURCE_TOO_LARGE", `more than ${maxBytes} bytes`);

function headersOf(headers: Dispatcher.ResponseData["headers"]): ReadonlyMap<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) joined.set(name.toLowerCase(), typeof value === "string" ? value : value.join(", "));
  }
  return joined;
}

/** A connector for each transport, because plain http may go to fewer addresses. */
function checkedConnector(options: OutboundOptions): buildConnector.connector {
  const secureContext = secureContextOf(options);
  const connectorOf = (transport: Transport) =>
    buildConnector({
      secureContext,
      rejectUnauthorized: true,
      lookup: checkedLookup({ ...options, transport }),
      allowH2: false,
      timeout: CONNECT_TIMEOUT,
    });
  const connect = { "http:": connectorOf("http:"), "https:": connectorOf("https:") };

  return (target, callback) => {
    const { hostname, host = hostname } = target;
    const transport = target.protocol === "http:" ? "http:" : "https:";
    const fail = (error: unknown) => callback(connectionError(error, host), null);
    // No name, no lookup: an address in the URL is judged here.
    const refusal = isIP(hostname) === 0 ? null : addressRefusal(hostname, transport, options.allowed);
    if (refusal !== null) process.nextTick(fail, addressError(hostname, refusal));
    else connect[transport](target, (...[error, socket]) => (error === null ? callback(null, socket) : fail(error)));
  };
}

function secureContextOf({ ca, clientCertificate }: OutboundOptions): SecureContext {
  if (ca !== undefined && !isCertificate(ca)) throw new SettingsError("the secret of the ca is no certificate in PEM");
  try {
    return createSecureContext({
      minVersion: "TLSv1.2",
      ...(ca !== undefined && { ca }),
      ...(clientCertificate !== undefined && { cert: clientCertificate.certificate, key: clientCertificate.key }),
    });
  } catch (error) {
    // OpenSSL's message names a place in its own code, and no byte of the key.
    throw new SettingsError("the certificate and key for TLS do not fit together", { cause: error });
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
