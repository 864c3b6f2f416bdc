import type { FastifyReply } from "fastify";
import { Fault } from "#gateway/fault.ts";

/** Aborted when the connection ends before the answer has been sent. */
export function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once("close", () => {
    if (!raw.writableFinished) gone.abort(new Fault("INVALID_REQUEST", "the caller has gone"));
  });
  return gone.signal;
}
