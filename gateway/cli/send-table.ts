import { Readable } from "node:stream";
import { Agent, type Dispatcher } from "undici";
import { CommandError, EXIT } from "./outcome.ts";
import type { OutgoingTable } from "./outgoing-table.ts";

export type TableSending = {
  /** Of the gateway, as in http://127.0.0.1:8080. */
  readonly url: string;
  readonly source: string;
  readonly token: string;
  /** RFC 3339; null: of now. */
  readonly asOf: string | null;
  readonly table: OutgoingTable;
  /** Told how many bytes are on their way so far. */
  readonly onSent: (bytes: number) => void;
};

/** `body`: what the answer's JSON says, null when it holds none. */
export type TableAnswer = { readonly status: number; readonly body: unknown };

const MEDIA_TYPES = {
  csv: "text/csv",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
} as const satisfies Record<OutgoingTable["format"], string>;

/** Milliseconds to connect, and between two pieces of an answer that has begun. */
const PATIENCE = 10_000;
const MAX_ANSWER = 4 * 1024 * 1024;

/**
 * PUT /v1/sources/{source}/table, as the file is read. Waits for the answer as long as the connection holds: a service that reads
 * millions of rows is silent for minutes. Throws CommandError.
 */
export async function sendTable(sending: TableSending): Promise<TableAnswer> {
  const agent = new Agent({
    connect: { timeout: PATIENCE, keepAlive: true },
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: PATIENCE,
  });
  const way = { sent: 0 };
  try {
    const { statusCode: status, body } = await agent.request(requestFor(sending, way));
    return { status, body: parse(await textOf(body)) };
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(EXIT.unreachable, breakOff(error, sending, way.sent));
  } finally {
    await agent.destroy();
  }
}

function requestFor(
  { url, source, token, asOf, table, onSent }: TableSending,
  way: { sent: number },
): Dispatcher.RequestOptions {
  const query = asOf === null ? "" : `?${new URLSearchParams({ asOf })}`;
  const bytes = async function* () {
    for await (const chunk of table.bytes()) {
      yield chunk;
      way.sent += chunk.length;
      onSent(way.sent);
    }
  };
  return {
    origin: new URL(url).origin,
    path: `/v1/sources/${encodeURIComponent(source)}/table${query}`,
    method: "PUT",
    headers: {
      authorization: `Bearer ${token}`,
      accept: "application/json, application/problem+json",
      "content-type": MEDIA_TYPES[table.format],
      // Announced, so that a file that ends early is not taken for a whole one.
      "content-length": String(table.size),
    },
    body: Readable.from(bytes(), { objectMode: false }),
  };
}

function breakOff(error: unknown, { url, table }: TableSending, sent: number): string {
  const { origin } = new URL(url);
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
  if (sent === 0) return `${origin} does not answer (${code})`;
  if (sent < table.size) return `the connection to ${origin} broke off (${code}); the former records are in use`;
  return `the connection to ${origin} broke off (${code}) after the whole file was sent: whether it is in use is not known; it may be sent again`;
}

async function textOf(body: Dispatcher.ResponseData["body"]): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_ANSWER) throw new CommandError(EXIT.misunderstood, "the answer is far too long");
  }
  return text + decoder.decode();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
