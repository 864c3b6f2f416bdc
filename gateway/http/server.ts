import type { AddressInfo, Socket } from "node:net";
import fastifyMultipart from "@fastify/multipart";
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import type { Logger } from "pino";
import { Fault, rawProblemResponse } from "#gateway/fault.ts";
import { methodsAt, readContract, serveContract, type Contract } from "./routes.ts";
import { serveDocs } from "./docs.ts";
import { acceptDocuments, Intake, MULTIPART_OPTIONS } from "./document-body.ts";
import { handlersOf, type Operations } from "./handlers.ts";
import { answerError, faultOf, sendFault } from "./problem.ts";
import { continueTrace, formatTraceparent, type TraceContext } from "./trace-context.ts";

declare module "fastify" {
  interface FastifyRequest {
    trace: TraceContext | null;
    /** For the log: which exchange this was and what came of it. */
    outcome: { readonly exchange: string; readonly result: string } | null;
  }
}

export type ServerOptions = {
  readonly operations: Operations;
  readonly logger: Logger;
  /** Of one document. */
  readonly maxBytes: number;
  readonly timeouts: ServerTimeouts;
};

/** Milliseconds. A sender that dribbles is bounded by `request`, one that falls silent by `silence`. */
export type ServerTimeouts = { readonly headers: number; readonly request: number; readonly silence: number };

export const DEFAULT_TIMEOUTS: ServerTimeouts = { headers: 15_000, request: 120_000, silence: 15_000 };

/** Documents of full size that may be in memory at once; smaller ones accordingly more. */
const FULL_SIZE_DOCUMENTS = 4;
const KEEP_ALIVE = 10_000;
const MAX_HEADER_BYTES = 16 * 1024;

export type RunningServer = {
  /** As in http://127.0.0.1:8080. */
  readonly url: string;
  /** Lets requests under way finish. */
  readonly close: () => Promise<void>;
};

/** Builds the HTTP service and listens. Throws when it cannot, as on a port that is taken. */
export async function startServer(
  options: ServerOptions,
  listen: { readonly host: string; readonly port: number },
): Promise<RunningServer> {
  const app = await buildServer(options);
  await app.listen({ ...listen, listenTextResolver: () => "listening" });
  return { url: urlOf(app.server.address()), close: () => app.close() };
}

function urlOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === "string") return "";
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `http://${host.replace(/^(0\.0\.0\.0|\[::\])$/, "localhost")}:${address.port}`;
}

async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const { operations, logger, maxBytes, timeouts } = options;
  const app = Fastify({
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: false,
    bodyLimit: maxBytes,
    requestTimeout: timeouts.request,
    keepAliveTimeout: KEEP_ALIVE,
    forceCloseConnections: "idle",
    return503OnClosing: false,
    http: {
      headersTimeout: timeouts.headers,
      connectionsCheckingInterval: Math.min(2000, timeouts.headers),
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    clientErrorHandler: answerBrokenConnection,
    frameworkErrors: (error, _request, reply) => void sendFault(faultOf(error), reply),
  });
  const contract = readContract();
  const maxHeldBytes = FULL_SIZE_DOCUMENTS * maxBytes;
  const intake = new Intake({ maxBytes, maxHeldBytes, reserve: maxBytes, maxSilence: timeouts.silence });
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) => answerUnrouted(contract, request, reply));
  observe(app);
  endConnectionsOnClose(app);
  acceptDocuments(app);
  await app.register(fastifyMultipart, MULTIPART_OPTIONS);
  app.addHook("onRequest", async (request) => intake.inspectHeaders(request));
  await serveContract(app, contract, handlersOf(operations, intake, contract));
  await serveDocs(app, contract);
  return app;
}

/** Trace context and one log line per request: the route, never the address, the query or the body. */
function observe(app: FastifyInstance): void {
  app.decorateRequest("trace", null);
  app.decorateRequest("outcome", null);
  app.addHook("onRequest", async (request, reply) => {
    const { traceparent } = request.headers;
    request.trace = continueTrace(typeof traceparent === "string" ? traceparent : undefined);
    reply.headers({
      traceparent: formatTraceparent(request.trace),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
  });
  app.addHook("onResponse", async (request, reply) => {
    const { method, routeOptions, trace, outcome } = request;
    const route = routeOptions.url ?? "none";
    const milliseconds = Math.round(reply.elapsedTime * 10) / 10;
    request.log.info(
      { method, route, status: reply.statusCode, milliseconds, trace: trace?.traceId, ...outcome },
      "request",
    );
  });
}

/** Answers given while the service stops end their connection, which would otherwise be kept alive and waited for. */
function endConnectionsOnClose(app: FastifyInstance): void {
  let closing = false;
  app.addHook("preClose", async () => {
    closing = true;
  });
  app.addHook("onSend", async (_request, reply) => {
    if (closing) reply.header("connection", "close");
  });
}

function answerUnrouted(contract: Contract, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = request.url.split("?", 1)[0] ?? "";
  const methods = methodsAt(contract, path);
  if (methods.length === 0) return sendFault(new Fault("NOT_FOUND"), reply);
  return sendFault(new Fault("METHOD_NOT_ALLOWED"), reply.header("allow", methods.join(", ")));
}

/** What could not be read as HTTP has no request and no reply: the answer goes straight to the socket. */
function answerBrokenConnection(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  if (socket.writable) socket.write(rawProblemResponse(new Fault(brokenConnectionCode(error.code))));
  socket.destroy();
}

function brokenConnectionCode(code: string | undefined): "REQUEST_TIMEOUT" | "HEADERS_TOO_LARGE" | "INVALID_REQUEST" {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "REQUEST_TIMEOUT";
  return code === "HPE_HEADER_OVERFLOW" ? "HEADERS_TOO_LARGE" : "INVALID_REQUEST";
}
