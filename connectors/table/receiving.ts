import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { abortable } from "../abortable.ts";
import { UploadError } from "../upload.ts";

/** What the sender's own bytes or own objection threw, on its way to whoever gave them. */
export class SenderFailure extends Error {
  override readonly name = "SenderFailure";
}

type Receiving = {
  readonly path: string;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** Told how much has come so far. */
  readonly onBytes: (bytes: number) => void;
};

/** Writes what is sent into a file, which is closed in any case. Throws UploadError UPLOAD_TOO_LARGE, SenderFailure, and what the disk says. */
export async function receive(
  bytes: AsyncIterable<Uint8Array>,
  { path, maxBytes, signal, onBytes }: Receiving,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash("sha256");
  let total = 0;
  const received = async function* () {
    for await (const chunk of sent(bytes, signal)) {
      total += chunk.length;
      if (total > maxBytes) throw new UploadError("UPLOAD_TOO_LARGE", `more than ${maxBytes} bytes`);
      hash.update(chunk);
      onBytes(total);
      yield chunk;
    }
  };
  await using file = await open(path, "w", 0o600);
  await pipeline(received, file.createWriteStream(), { signal });
  return { bytes: total, sha256: hash.digest("hex") };
}

/** Does not wait for a sender who has stopped sending once the signal is given. */
async function* sent(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const sender = bytes[Symbol.asyncIterator]();
  for (;;) {
    const next = await abortable(sender.next(), signal).catch((cause: unknown) => {
      throw new SenderFailure("the sender broke off", { cause });
    });
    if (next.done === true) return;
    yield next.value;
  }
}

/** Ends a sender whom nobody listens to any more. */
export function letGo(bytes: AsyncIterable<Uint8Array>): void {
  if (bytes instanceof Readable) bytes.destroy();
  else
    bytes[Symbol.asyncIterator]()
      .return?.()
      .catch(() => {});
}
