import { Agent, type Dispatcher } from "undici";
import { tilePath } from "../tlog/tiles.ts";
import { LogBreak, LogUnreadError } from "./audit-faults.ts";
import { malformedCode } from "./directory-log.ts";
import { limitOf, LOG_LIMITS, type LogSource } from "./log-source.ts";

/** Milliseconds for one file. */
const PATIENCE = 30_000;
const CONNECTIONS = 8;

/** A log behind its prefix, as in https://gateway.example/log (C2SP tlog-tiles). Redirections are not followed. */
export function httpLog(prefix: string, patience = PATIENCE): LogSource {
  const base = new URL(prefix.endsWith("/") ? prefix : `${prefix}/`);
  const agent = new Agent({
    connections: CONNECTIONS,
    allowH2: false,
    connect: { timeout: patience },
    headersTimeout: patience,
    bodyTimeout: patience,
  });
  const read = (path: string, limit: number): Promise<Buffer | null> =>
    fetchBounded({ agent, base, path, limit, patience });
  return {
    name: prefix,
    checkpoint: () => read("checkpoint", LOG_LIMITS.checkpoint),
    keys: () => read("keys", LOG_LIMITS.keys),
    read: (place) => read(tilePath(place.level, place.n, place.width), limitOf(place)),
    leftOver: () => Promise.resolve([]),
    close: () => agent.destroy(),
  };
}

type Fetch = {
  readonly agent: Agent;
  readonly base: URL;
  readonly path: string;
  /** Bytes. */
  readonly limit: number;
  readonly patience: number;
};

async function fetchBounded({ agent, base, path, limit, patience }: Fetch): Promise<Buffer | null> {
  const url = new URL(path, base);
  try {
    const { statusCode, body } = await agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: "GET",
      headers: { accept: "*/*", "accept-encoding": "identity" },
      signal: AbortSignal.timeout(patience),
    });
    if (statusCode === 200) return await readBody(body, limit, path);
    // Nobody reads it: the connection ends with it.
    body.on("error", () => {}).destroy();
    if (statusCode === 404) return null;
    throw new LogUnreadError(`${url} answers ${statusCode}`);
  } catch (error) {
    if (error instanceof LogBreak || error instanceof LogUnreadError) throw error;
    throw new LogUnreadError(`${url} cannot be fetched (${reasonOf(error)})`, { cause: error });
  }
}

async function readBody(body: Dispatcher.ResponseData["body"], limit: number, path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limit) throw new LogBreak(malformedCode(path), { file: path }, `more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown error";
  if (error.name === "TimeoutError") return "timed out";
  return "code" in error ? String(error.code) : error.message;
}
