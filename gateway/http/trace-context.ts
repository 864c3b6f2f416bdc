import { randomFillSync } from "node:crypto";

/** W3C Trace Context. Identifiers are lower-case hex. `parentId`: the caller's span; null where the trace begins here. */
export type TraceContext = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | null;
  readonly flags: string;
};

/** Version 00 has exactly these four fields; later versions may append more, which are ignored (section 3.2.4). */
const TRACEPARENT =
  /^(?<version>[0-9a-f]{2})-(?<traceId>[0-9a-f]{32})-(?<parentId>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?<rest>-.*)?$/;

/** Takes over the caller's trace, or begins one when the header is absent or not well-formed. The span is always new. */
export function continueTrace(traceparent: string | undefined): TraceContext {
  const parent = parseTraceparent(traceparent);
  return {
    traceId: parent?.traceId ?? randomHex(16),
    spanId: randomHex(8),
    parentId: parent?.parentId ?? null,
    flags: parent?.flags ?? "00",
  };
}

/** Drawn from the system by the page: a call for each request costs more than the rest of this file. */
const pool = Buffer.alloc(4096);
let used = pool.length;

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString("hex", used - bytes, used);
}

export const formatTraceparent = (trace: TraceContext): string => `00-${trace.traceId}-${trace.spanId}-${trace.flags}`;

/**
 * For a call that a request leads to: the same trace, and a span of its own. What a caller sent as `tracestate` goes no further: it is for the
 * caller's own systems, not for another department.
 */
export const childTraceparent = (trace: TraceContext): string => `00-${trace.traceId}-${randomHex(8)}-${trace.flags}`;

type Parent = { readonly traceId: string; readonly parentId: string; readonly flags: string };

function parseTraceparent(header: string | undefined): Parent | null {
  if (header === undefined || header.length > 256) return null;
  const groups = TRACEPARENT.exec(header)?.groups;
  if (groups === undefined) return null;
  const { version = "", traceId = "", parentId = "", flags = "", rest } = groups;
  if (version === "ff" || (version === "00" && rest !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return null;
  // Of the flags only "sampled" is defined in version 00.
  return { traceId, parentId, flags: (Number.parseInt(flags, 16) & 1) === 1 ? "01" : "00" };
}
