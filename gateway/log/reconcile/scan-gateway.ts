import { Agent, type Dispatcher } from "undici";
import { scanLines } from "./scan-lines.ts";
import { ScanError, type ScannedExchange } from "./scanned-exchange.ts";

/** Milliseconds to connect, and between two pieces of the answer. */
const PATIENCE = 60_000;

/** The export of a gateway at this address. `token`: of a client that may export. Rejects with ScanError. */
export async function* scanGateway(url: string, token: string | null): AsyncGenerator<ScannedExchange> {
  const agent = new Agent({
    allowH2: false,
    connect: { timeout: PATIENCE },
    headersTimeout: PATIENCE,
    bodyTimeout: PATIENCE,
  });
  try {
    const { statusCode, body } = await ask(agent, url, token);
    if (statusCode !== 200) throw new ScanError(`${url} answers ${statusCode}${hintFor(statusCode)}`);
    yield* scanLines(url, whole(url, body));
  } finally {
    await agent.destroy();
  }
}

const hintFor = (status: number): string =>
  status === 401 || status === 403 ? ": a token of a client that may export is needed (see tongyan token)" : "";

async function ask(agent: Agent, url: string, token: string | null): Promise<Dispatcher.ResponseData> {
  try {
    return await agent.request({
      origin: new URL(url).origin,
      path: "/v1/exchanges/export",
      method: "GET",
      headers: {
        accept: "application/x-ndjson",
        "accept-encoding": "identity",
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
    });
  } catch (error) {
    throw new ScanError(`${url} does not answer (${reasonOf(error)})`);
  }
}

async function* whole(url: string, body: Dispatcher.ResponseData["body"]): AsyncGenerator<Uint8Array> {
  try {
    yield* body as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw new ScanError(`${url} broke off its export (${reasonOf(error)})`);
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown error";
  return "code" in error ? String(error.code) : error.message;
}
