import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { MAX_BODY, REFUSALS } from "./add-checkpoint.ts";
import type { Witness, WitnessAnswer } from "./witness.ts";

export type WitnessIdentity = { readonly name: string; readonly vkey: string };
type Logger = {
  readonly info: (facts: object, message: string) => void;
  readonly error: (facts: object, message: string) => void;
};
type Parts = {
  readonly witness: Pick<Witness, "add" | "logs">;
  readonly identity: WitnessIdentity;
  readonly logger: Logger;
};
type Answer = {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export type RunningWitness = { readonly url: string; readonly close: () => Promise<void> };

/** Milliseconds. A sender that dribbles or falls silent is not waited for. */
const HEADERS_WITHIN = 5_000;
const REQUEST_WITHIN = 15_000;
const KEEP_ALIVE = 60_000;
const MAX_CONNECTIONS = 256;
const TEXT = "text/plain; charset=utf-8";

/** A witness on a port of its own: POST /add-checkpoint, and GET / which says who it is. Throws when it cannot listen. */
export async function serveWitness(
  parts: Parts,
  listen: { readonly host: string; readonly port: number },
): Promise<RunningWitness> {
  const server = createServer({
    headersTimeout: HEADERS_WITHIN,
    requestTimeout: REQUEST_WITHIN,
    keepAliveTimeout: KEEP_ALIVE,
    connectionsCheckingInterval: 1_000,
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on("request", (request, response) => void respond(request, response, parts));
  server.listen(listen);
  await once(server, "listening");
  return { url: urlOf(server), close: () => stop(server) };
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  const host = family === "IPv6" ? `[${address}]` : address;
  return `http://${host.replace(/^(0\.0\.0\.0|\[::\])$/, "localhost")}:${port}`;
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  await closed;
}

async function respond(request: IncomingMessage, response: ServerResponse, parts: Parts): Promise<void> {
  try {
    send(await answerTo(request, parts), response);
  } catch (error) {
    // The sender broke off.
    if (!request.complete) return;
    parts.logger.error({ cause: error instanceof Error ? error.message : "unknown error" }, "a request failed");
    if (!response.headersSent) send(plain(503, "UNAVAILABLE: nothing was signed\n"), response);
  }
}

function send({ status, type, body, headers }: Answer, response: ServerResponse): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    "content-type": type,
    "content-length": bytes.length,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...headers,
  });
  response.end(bytes);
}

const plain = (status: number, body: string, headers: Answer["headers"] = {}): Answer => ({
  status,
  type: TEXT,
  body,
  headers,
});

async function answerTo(request: IncomingMessage, parts: Parts): Promise<Answer> {
  const { method = "", url = "" } = request;
  switch (url.split("?", 1)[0]) {
    case "/add-checkpoint":
      return method === "POST" ? await addCheckpoint(request, parts) : notAllowed("POST");
    case "/":
      return method === "GET" ? introduction(parts) : notAllowed("GET");
    default:
      return plain(404, "NOT_FOUND: there is POST /add-checkpoint, and GET /\n");
  }
}

const notAllowed = (allow: string): Answer => plain(405, `METHOD_NOT_ALLOWED: use ${allow}\n`, { allow });

const introduction = ({ witness, identity: { name, vkey } }: Parts): Answer => ({
  status: 200,
  type: "application/json",
  body: `${JSON.stringify({ name, vkey, logs: witness.logs() })}\n`,
});

async function addCheckpoint(request: IncomingMessage, { witness, logger }: Parts): Promise<Answer> {
  const body = await readBody(request);
  if (body === null) return plain(413, `BODY_TOO_LARGE: more than ${MAX_BODY} bytes\n`, { connection: "close" });
  const outcome = witness.add(body);
  tell(outcome, logger);
  switch (outcome.kind) {
    case "cosigned":
      return plain(200, outcome.signatures);
    case "malformed":
      return plain(REFUSALS.REQUEST_MALFORMED.status, `REQUEST_MALFORMED: ${outcome.detail}\n`);
    case "refused":
      return refusal(outcome);
  }
}

/** Only a size that the caller is to go on from is told as one. */
function refusal({ code, size }: WitnessAnswer & { readonly kind: "refused" }): Answer {
  const { status, en } = REFUSALS[code];
  if (code === "OLD_SIZE_DIFFERS") return { status, type: "text/x.tlog.size", body: `${size}\n` };
  return plain(status, `${code}: ${en}\n`);
}

/** Names of logs that this witness does not follow are anybody's words. A checkpoint that is signed and does not fit may be proof of two histories. */
function tell(outcome: WitnessAnswer, logger: Logger): void {
  if (outcome.kind === "malformed") return;
  const { origin, size } = outcome.request.checkpoint;
  if (outcome.kind === "cosigned") return logger.info({ origin, size }, "a checkpoint was cosigned");
  const { code, size: seen } = outcome;
  if (code === "LOG_UNKNOWN" || code === "SIGNATURE_REFUSED") return;
  const isConflict = code === "ROOT_DIFFERS" || code === "PROOF_REFUSED";
  if (isConflict) logger.error({ origin, size, seen, code, note: outcome.request.note }, "a checkpoint was refused");
  else logger.info({ origin, size, seen, code }, "a checkpoint was refused");
}

/** Null when it is larger than any request can be; what follows is not read. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  if (Number(request.headers["content-length"] ?? 0) > MAX_BODY) return null;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}
