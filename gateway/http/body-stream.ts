import { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { Fault } from "#gateway/fault.ts";

/**
 * Feeds `take` until the end. When it throws, what is still to come is discarded unread, so that the sender can finish
 * and read the answer; the server's own time limit on a request bounds that. `maxSilence` in milliseconds. Rejects with
 * Fault REQUEST_TIMEOUT, INVALID_REQUEST for a body that was cut short, or what `take` threw.
 */
export function drain(stream: Readable, take: (chunk: Buffer) => void, maxSilence: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    const finish = (end: () => void): void => {
      isOver = true;
      clearTimeout(silence);
      stream.off("data", onData).resume();
      end();
    };
    const fail = (error: unknown): void => finish(() => reject(error));
    const silence = setTimeout(() => fail(new Fault("REQUEST_TIMEOUT")), maxSilence);
    const onData = (chunk: Buffer): void => {
      silence.refresh();
      try {
        take(chunk);
      } catch (error) {
        fail(error);
      }
    };
    const cutShort = (cause?: unknown): void => {
      if (!isOver) fail(new Fault("INVALID_REQUEST", "the body was cut short", { cause }));
    };
    stream.on("data", onData).once("end", () => finish(resolve));
    stream.once("error", cutShort).once("close", cutShort);
    // It says so once only.
    if (stream.closed) cutShort(stream.errored);
  });
}

/** All of a body that has come already; null when there is more to wait for. */
function arrived(stream: Readable): Buffer | null {
  if (!(stream instanceof IncomingMessage) || !stream.complete) return null;
  const bytes: unknown = stream.read();
  return bytes instanceof Buffer ? bytes : null;
}

type Bounds = { readonly maxBytes: number; readonly maxSilence: number };

/** Gives the whole of a small body to `use`. Rejects as `drain`, with Fault BODY_TOO_LARGE, and with what `use` throws. */
export async function collect(
  stream: Readable,
  { maxBytes, maxSilence }: Bounds,
  use: (bytes: Buffer) => void,
): Promise<void> {
  const chunks: Buffer[] = [];
  let length = 0;
  const take = (chunk: Buffer): void => {
    length += chunk.length;
    if (length > maxBytes) throw new Fault("BODY_TOO_LARGE", `the body may have ${maxBytes} bytes`);
    chunks.push(chunk);
  };
  const whole = arrived(stream);
  if (whole !== null) {
    take(whole);
    return use(whole);
  }
  await drain(stream, take, maxSilence);
  const [only] = chunks;
  use(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, length));
}
