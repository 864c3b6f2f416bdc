import type { Server as HttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import fastifyMultipart from "@fastify/multipart";
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import type { Logger } from "pino";
import { Fault, rawProblemResponse } from "#gateway/fault.ts";
import type { TlsMaterial } from "#gateway/tls.ts";
import { checkService, identifyCaller } from "./authentication.ts";
import { serveDocs } from "./docs.ts";
import { Intake, MULTIPART_OPTIONS } from "./document-body.ts";
import { handlersOf } from "./handlers.ts";
import { MULTIPART } from "./media-type.ts";
import type { Operations } from "./operations.ts";
import { checkPeer } from "./peer-protocol.ts";
import { answerError, faultOf } from "./answer-error.ts";
import { sendFault } from "./problem.ts";
import { limitRates } from "./rate-limit.ts";
import { handOnBodies, inspectBodyHeaders, readBody } from "./request-body.ts";
import {
  byForm,
  type Contract,
  mediaTypesOf,
  methodsAt,
  noteFacts,
  readContract,
  type RouteFacts,
  serveContract,
} from "./routes.ts";
import { httpsOptions, refuseForeignCertificates } from "./tls.ts";
import { continueTrace, formatTraceparent, type TraceContext } from "./trace-context.ts";

declare module "fastify" {
  interface FastifyRequest {
    trace: TraceContext | null;
    /** For the log: which exchange this was and what came of it. */
    outcome: { readonly exchange?: string; readonly result: string } | null;
  }
}

export type ServerOptions = {
  readonly operations: Operations;
  readonly logger: Logger;
  /** Of one document. */
  readonly maxBytes: number;
  readonly timeouts: ServerTimeouts;
  /** Absent: plain HTTP. */
  readonly tls?: TlsMaterial;
};

/** Milliseconds. A sender that dribbles is bounded by `request`, one that falls silent by `silence`, as is a reader of an export. */
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
  const scheme = options.tls === undefined ? "http" : "https";
  return { url: urlOf(scheme, app.server.address()), close: () => app.close() };
}

function urlOf(scheme: "http" | "https", address: AddressInfo | string | null): string {
  if (address === null || typeof address === "string") return "";
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `${scheme}://${host.replace(/^(0\.0\.0\.0|\[::\])$/, "localhost")}:${address.port}`;
}

async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const { operations, maxBytes, timeouts, tls } = options;
  const app = createApp(options);
  const contract = readContract();
  const maxHeldBytes = FULL_SIZE_DOCUMENTS * maxBytes;
  const maxSilence = timeouts.silence;
  const intake = new Intake({ maxBytes, maxHeldBytes, reserve: maxBytes, maxSilence });
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) => answerUnrouted(contract, request, reply));
  if (tls !== undefined) refuseForeignCertificates(app.server as unknown as HttpsServer);
  decorate(app);
  observe(app, operations.monitor);
  endConnectionsOnClose(app);
  handOnBodies(app, mediaTypesOf(contract));
  await app.register(async (scope) => {
    noteFacts(scope, contract);
    guard(scope, { operations, intake, maxSilence });
    await limitRates(scope, operations);
    const { forms, others } = byForm(contract);
    const handlers = handlersOf({ operations, intake, contract, maxSilence });
    await serveContract(scope, others, handlers);
    await scope.register(async (formScope) => {
      await readForms(formScope);
      await serveContract(formScope, forms, handlers);
    });
  });
  await serveDocs(app, contract);
  return app;
}

/** Every request of a scope that reads forms in parts pays for it. */
async function readForms(scope: FastifyInstance): Promise<void> {
  scope.removeContentTypeParser(MULTIPART);
  await scope.register(fastifyMultipart, MULTIPART_OPTIONS);
}

function createApp({ logger, maxBytes, timeouts, tls }: ServerOptions): FastifyInstance {
  const common = {
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    // A logger for each request would add nothing but a number: lines name the trace.
    childLoggerFactory: (logger: FastifyBaseLogger) => logger,
    trustProxy: false,
    bodyLimit: maxBytes,
    requestTimeout: timeouts.request,
    keepAliveTimeout: KEEP_ALIVE,
    forceCloseConnections: "idle",
    return503OnClosing: false,
    clientErrorHandler: answerBrokenConnection,
    frameworkErrors: (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) =>
      void sendFault(faultOf(error), reply),
  } as const;
  const http = {
    headersTimeout: timeouts.headers,
    connectionsCheckingInterval: Math.min(2000, timeouts.headers),
    maxHeaderSize: MAX_HEADER_BYTES,
  };
  if (tls === undefined) return Fastify({ ...common, http });
  // Nothing here depends on which of the two servers it is.
  return Fastify({ ...common, https: { ...http, ...httpsOptions(tls) } }) as unknown as FastifyInstance;
}

type Guard = { readonly operations: Operations; readonly intake: Intake; readonly maxSilence: number };

/** What is asked of every request of the contract before its handler, in this order. */
function guard(scope: FastifyInstance, { operations, intake, maxSilence }: Guard): void {
  const factsOf = ({ routeOptions }: FastifyRequest): RouteFacts => {
    const { facts } = routeOptions.config;
    if (facts === undefined) throw new Fault("INTERNAL");
    return facts;
  };
  const goOn = together();
  scope.addHook("onRequest", (request, _reply, done) => {
    const facts = factsOf(request);
    const inspect = (): void => {
      inspectBodyHeaders(request, facts);
      if (facts.mediaTypes.length > 0 && facts.maxBytes === null) intake.inspectLength(request);
    };
    const identified = identifyCaller(request, facts, operations.authenticate);
    whenDone(identified instanceof Promise ? identified.then(inspect) : inspect(), (error) => {
      if (error === undefined) goOn(done);
      else done(error);
    });
  });
  scope.addHook("preValidation", (request, _reply, done) =>
    whenDone(readBody(request, factsOf(request), maxSilence), done),
  );
  scope.addHook("preHandler", (request, _reply, done) => {
    checkService(request);
    whenDone(checkPeer(request, operations), done);
  });
}

/**
 * Requests that came in one turn of the event loop go on one after the other when it ends, and not each as it was read: the code of
 * what comes next then stays in the core's cache for all of them. Their bodies have mostly come by then.
 */
function together(): (goOn: () => void) => void {
  let waiting: (() => void)[] = [];
  const release = (): void => {
    const came = waiting;
    waiting = [];
    for (const goOn of came) goOn();
  };
  return (goOn) => {
    if (waiting.push(goOn) === 1) setImmediate(release);
  };
}

/** What is done at once goes on at once: a promise for each step costs more than most of the steps. */
function whenDone(work: void | Promise<void>, done: (error?: Error) => void): void {
  if (work instanceof Promise) void callBack(work, done);
  else done();
}

async function callBack(work: Promise<void>, done: (error?: Error) => void): Promise<void> {
  try {
    await work;
  } catch (error) {
    return done(error instanceof Error ? error : new Fault("INTERNAL", undefined, { cause: error }));
  }
  done();
}

function decorate(app: FastifyInstance): void {
  app.decorateRequest("trace", null);
  app.decorateRequest("outcome", null);
  app.decorateRequest("proof", null);
  app.decorateRequest("signed", null);
}

/** Trace context and one log line per request, which is its span too: the route, never the address, the query or the body. */
function observe(app: FastifyInstance, { answered }: Pick<Operations["monitor"], "answered">): void {
  app.addHook("onRequest", (request, reply, done) => {
    const { traceparent } = request.headers;
    request.trace = continueTrace(typeof traceparent === "string" ? traceparent : undefined);
    reply.headers({
      traceparent: formatTraceparent(request.trace),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    const { method, routeOptions, trace, outcome, proof } = request;
    const { url: route = null } = routeOptions;
    const { statusCode: status, elapsedTime } = reply;
    answered({ method, route, status, milliseconds: elapsedTime });
    request.log.info(
      {
        method,
        route: route ?? "none",
        status,
        milliseconds: Math.round(elapsedTime * 10) / 10,
        trace: trace?.traceId,
        span: trace?.spanId,
        parent: trace?.parentId ?? undefined,
        client: proof?.caller.id,
        ...outcome,
      },
      "request",
    );
    done();
  });
}

/** Answers given while the service stops end their connection, which would otherwise be kept alive and waited for. */
function endConnectionsOnClose(app: FastifyInstance): void {
  let closing = false;
  app.addHook("preClose", async () => {
    closing = true;
  });
  app.addHook("onSend", (_request, reply, payload, done) => {
    if (closing) reply.header("connection", "close");
    done(null, payload);
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
