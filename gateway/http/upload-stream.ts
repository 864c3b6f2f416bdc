import { type Readable, Transform } from "node:stream";
import { Fault } from "#gateway/fault.ts";
import type { DigestCheck } from "./content-digest.ts";

type Bounds = { readonly maxBytes: number; readonly check: DigestCheck | null };

/**
 * A body that is read as it comes, at the reader's pace. It ends well only when all of it has come and its digest is right;
 * else it breaks with the fault that says why. When the reader leaves early the rest is discarded unread, so that the
 * sender can finish and read the answer.
 */
export function uploadStream(body: Readable, { maxBytes, check }: Bounds): Readable {
  let length = 0;
  const passed = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      length += chunk.length;
      check?.update(chunk);
      if (length > maxBytes) done(new Fault("BODY_TOO_LARGE", `the body may have ${maxBytes} bytes`));
      else done(null, chunk);
    },
    flush(done) {
      try {
        check?.finish();
        done();
      } catch (error) {
        done(error instanceof Error ? error : new Fault("INTERNAL", undefined, { cause: error }));
      }
    },
  });
  const cutShort = (cause?: unknown): void => {
    if (!body.readableEnded) passed.destroy(new Fault("INVALID_REQUEST", "the body was cut short", { cause }));
  };
  body.once("error", cutShort).once("close", cutShort);
  passed.once("close", () => body.unpipe(passed).resume());
  return body.pipe(passed);
}
