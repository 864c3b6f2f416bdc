import { performance } from "node:perf_hooks";
import { StringDecoder } from "node:string_decoder";
import autocannon, { type Client, type Instance, type Options, type Request } from "autocannon";
import { type Errand, isDone } from "./errand.ts";
import type { Asked } from "./recording.ts";

/** Milliseconds after which a run that was told to stop looks whether it was. */
const LOOKS_EVERY = 100;
/** Seconds; ended by us long before. */
const NO_END = 1_000_000;

/** A closed loop: each connection asks anew as soon as it was answered, so the rate is what the server can do. Plain HTTP: autocannon does not check certificates. */
export async function askInTurn(errand: Errand): Promise<void> {
  const { order, end } = errand;
  const trouble = new LastTrouble();
  const options: Options = {
    url: order.origin,
    connections: order.connections,
    pipelining: 1,
    duration: NO_END,
    sampleInt: LOOKS_EVERY,
    timeout: order.patienceSeconds,
    setupClient(client) {
      decodeWhole(client);
      client.setRequests([connectionsRequest(errand, trouble)]);
    },
  };
  await new Promise<void>((resolve, reject) => {
    const running = autocannon(options, (error) => {
      clearTimeout(last);
      if (error === null) resolve();
      else reject(error as Error);
    });
    const last = Number.isFinite(end) ? setTimeout(() => stop(running), end - performance.now()) : undefined;
    const stopWhenDone = (): void => {
      if (isDone(errand, performance.now())) stop(running);
    };
    running.on("response", stopWhenDone);
    running.on("reqError", (error: unknown) => {
      trouble.happened(error);
      stopWhenDone();
    });
  });
}

/** Its declaration leaves the method out. */
const stop = (running: Instance): void => (running as unknown as { readonly stop: () => void }).stop();

/** The one request of a connection, which is another one each time. */
function connectionsRequest({ recording, next, headersOf }: Errand, trouble: LastTrouble): Request {
  let asked: Asked | null = null;
  return {
    setupRequest(defaults) {
      const now = performance.now();
      // Autocannon connects anew and asks the next one where an answer did not come.
      if (asked !== null) recording.lost(asked, trouble.take(), now);
      asked = next(now, now);
      const { method, path, body } = asked.request;
      return { ...defaults, method, path, headers: { ...headersOf(asked.request) }, body: bodyOf(body) };
    },
    onResponse(status, body) {
      if (asked !== null) recording.answered(asked, status, body, performance.now());
      asked = null;
    },
  };
}

function bodyOf(body: string | Uint8Array | null): Request["body"] {
  if (body === null || typeof body === "string") return body ?? undefined;
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

/** Why the last connection was lost; told by autocannon before it asks again, except when time has run out. */
class LastTrouble {
  #code: string | null = null;

  happened(error: unknown): void {
    this.#code = error instanceof Error && "code" in error ? String(error.code) : null;
  }

  take(): string {
    const code = this.#code;
    this.#code = null;
    return code ?? "no answer in time, or the connection was closed";
  }
}

type Pending = { body: string; decoder?: StringDecoder };
type Pieces = { readonly peek: () => Pending | undefined; addBody: (piece: Buffer) => void };

/** Autocannon decodes each piece of a body by itself, and so spoils characters that fall into two. */
function decodeWhole(client: Client): void {
  const pieces = (client as unknown as { readonly pipelinedRequests: Pieces }).pipelinedRequests;
  pieces.addBody = (piece) => {
    const pending = pieces.peek();
    if (pending === undefined) return;
    pending.decoder ??= new StringDecoder("utf8");
    pending.body += pending.decoder.write(piece);
  };
}
