import type { FastifyReply } from "fastify";
import type { CallOptions } from "#connectors/source.ts";
import { Fault } from "#gateway/fault.ts";
import { childTraceparent } from "../trace-context.ts";

/** Aborted when the connection ends before the answer has been sent. */
export function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  const leave = (): void => {
    if (!raw.writableFinished) gone.abort(new Fault("INVALID_REQUEST", "the caller has gone"));
  };
  if (raw.closed) leave();
  else raw.once("close", leave);
  return gone.signal;
}

/** How sources are called for a request. Its members are made when a source asks for them: those inside the gateway never do. */
export class CallsFor implements CallOptions {
  readonly #reply: FastifyReply;
  #signal: AbortSignal | null = null;

  constructor(reply: FastifyReply) {
    this.#reply = reply;
  }

  get signal(): AbortSignal {
    return (this.#signal ??= goneSignal(this.#reply));
  }

  /** Each call is a span of its own. */
  get traceparent(): string | undefined {
    const { trace } = this.#reply.request;
    return trace === null ? undefined : childTraceparent(trace);
  }
}
