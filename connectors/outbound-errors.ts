import { errors } from "undici";
import { SourceError, type SourceErrorCode } from "./source-error.ts";

/** A refused or failed connection: nothing was sent. `host` stands in the detail. */
export function connectionError(error: unknown, host: string): SourceError {
  if (error instanceof SourceError) return error;
  const code = codeOf(error);
  return new SourceError(connectionCode(code), `connection to ${host}: ${code}`, { cause: error, sent: false });
}

/** Whatever is no error of the system itself is one of TLS: an alert was sent by the source, anything else found here. */
function connectionCode(code: string): SourceErrorCode {
  if (code.includes("_ALERT_")) return "SOURCE_REFUSED";
  const isSystem = /^(?:E[A-Z0-9]+|EAI_[A-Z]+)$/.test(code) && code !== "EPROTO";
  return isSystem || code === "UND_ERR_CONNECT_TIMEOUT" ? "SOURCE_UNAVAILABLE" : "SOURCE_UNTRUSTED";
}

const EXCHANGE_CODES: Readonly<Record<string, SourceErrorCode>> = {
  UND_ERR_HEADERS_OVERFLOW: "SOURCE_TOO_LARGE",
  UND_ERR_HEADERS_TIMEOUT: "SOURCE_TIMEOUT",
  UND_ERR_BODY_TIMEOUT: "SOURCE_TIMEOUT",
};

/**
 * A connection that failed with the question under way: SOURCE_UNAVAILABLE before the answer began (`during: "question"`),
 * SOURCE_FAILED when an answer was cut off. What undici refuses to send is no fault of a source and is returned as it is.
 */
export function exchangeError(error: unknown, host: string, during: "question" | "answer"): unknown {
  if (error instanceof SourceError) return error;
  if (error instanceof errors.InvalidArgumentError) return error;
  // The parser's error holds bytes of the answer: it is no cause to pass on.
  if (error instanceof errors.HTTPParserError) return new SourceError("SOURCE_MALFORMED", `no HTTP from ${host}`);
  const code = codeOf(error);
  const detail = `${during} at ${host}: ${code}`;
  return new SourceError(exchangeCode(code, during), detail, { cause: error });
}

function exchangeCode(code: string, during: "question" | "answer"): SourceErrorCode {
  // With TLS 1.3 a refused client certificate is only told once the question was sent.
  if (code.includes("_ALERT_")) return "SOURCE_REFUSED";
  // In a head: two lengths, or a length beside chunks. In a body: it is shorter than announced.
  if (code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH") return during === "answer" ? "SOURCE_FAILED" : "SOURCE_MALFORMED";
  return EXCHANGE_CODES[code] ?? (during === "answer" ? "SOURCE_FAILED" : "SOURCE_UNAVAILABLE");
}

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "unknown";
  return "code" in error && typeof error.code === "string" ? error.code : "unknown";
}

const LONGEST_WAIT = 3_600_000;

/**
 * The error that a status stands for; null for those that say something of the record (all others of 2xx and 4xx).
 * 3xx: redirections are never followed.
 */
export function statusError(status: number, headers: ReadonlyMap<string, string>, now: number): SourceError | null {
  const detail = `status ${status}`;
  if (status >= 300 && status < 400) return new SourceError("SOURCE_REDIRECTED", detail);
  if (status === 401 || status === 403) return new SourceError("SOURCE_REFUSED", detail);
  if (status < 500 && status !== 408 && status !== 429) return null;
  const retryAfter = parseRetryAfter(headers.get("retry-after"), now);
  return new SourceError("SOURCE_FAILED", detail, retryAfter === null ? {} : { retryAfter });
}

/** RFC 9110 10.2.3, in milliseconds, an hour at most; null when there is none. */
function parseRetryAfter(text: string | undefined, now: number): number | null {
  if (text === undefined) return null;
  const wait = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(wait) ? null : Math.min(Math.max(wait, 0), LONGEST_WAIT);
}
