import { parseJson } from "../json/strict-json.ts";
import { statusError } from "../outbound-errors.ts";
import type { OutboundAnswer } from "../outbound.ts";
import { SourceError, type SourceErrorCode } from "../source-error.ts";

/** Statuses that a peer explains (RFC 9457). */
export const EXPLAINED = [400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 502, 503] as const;

/** What a peer's problem means here. Of its text only the code is kept. `now` in milliseconds. */
export function peerProblem({ status, headers, body }: OutboundAnswer, now: number): SourceError {
  const problem = codeOf(body);
  const code = errorCode(status, problem);
  const retryAfter = statusError(status, headers, now)?.retryAfter ?? null;
  const detail = `the peer answered ${status}${problem === null ? "" : ` ${problem}`}`;
  return new SourceError(code, detail, retryAfter === null ? {} : { retryAfter });
}

/** A peer whose own source misbehaves (502) will not do better soon; one that is busy or cannot reach it (429, 503) may. */
function errorCode(status: number, problem: string | null): SourceErrorCode {
  if (status === 401 || status === 403) return "SOURCE_REFUSED";
  if (status === 429 || status === 503) return "SOURCE_UNAVAILABLE";
  if (status === 500) return "SOURCE_FAILED";
  return status === 422 && problem === "KEYS_AMBIGUOUS" ? "KEYS_AMBIGUOUS" : "SOURCE_MALFORMED";
}

function codeOf(body: Buffer): string | null {
  try {
    const problem = parseJson(body);
    const code = problem instanceof Map ? problem.get("code") : null;
    return typeof code === "string" && /^[A-Z][A-Z0-9_]{0,63}$/.test(code) ? code : null;
  } catch (error) {
    if (error instanceof SourceError) return null;
    throw error;
  }
}
