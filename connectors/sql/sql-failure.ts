import { DatabaseError } from "pg";
import { SourceError, type SourceErrorCode } from "../source-error.ts";

/** By SQLSTATE, whole or class (PostgreSQL manual, appendix A); a whole one goes before its class. */
const BY_STATE: Readonly<Record<string, { readonly code: SourceErrorCode; readonly why: string }>> = {
  "08": { code: "SOURCE_UNAVAILABLE", why: "the connection failed" },
  "22": { code: "SOURCE_MALFORMED", why: "a column holds what its field's type cannot be made of" },
  "25006": { code: "SOURCE_REFUSED", why: "the view tries to write" },
  "28": { code: "SOURCE_REFUSED", why: "the database does not accept role or password" },
  "3D000": { code: "SOURCE_REFUSED", why: "there is no such database" },
  "40": { code: "SOURCE_FAILED", why: "the transaction was given up" },
  "42": { code: "SOURCE_MALFORMED", why: "view or columns are not as the settings say" },
  "42501": { code: "SOURCE_REFUSED", why: "the role may not read the view" },
  "53": { code: "SOURCE_UNAVAILABLE", why: "the database has no resources left" },
  "55P03": { code: "SOURCE_TIMEOUT", why: "the view was locked for too long" },
  "57": { code: "SOURCE_UNAVAILABLE", why: "the database ended the connection" },
  "57014": { code: "SOURCE_TIMEOUT", why: "the query took too long" },
};

/** What a failure of pg means. Messages of the database may quote values, so nothing of them is kept but the SQLSTATE. */
export function sqlFailure(error: unknown, circumstances: { readonly sent: boolean }): SourceError {
  if (error instanceof SourceError) return error;
  if (error instanceof DatabaseError) return stateFailure(error.code ?? "", circumstances);
  if (!(error instanceof Error)) return new SourceError("SOURCE_FAILED", "unknown failure", circumstances);
  if (error.cause instanceof SourceError) return error.cause;
  if (isTlsFailure(error)) return new SourceError("SOURCE_UNTRUSTED", `TLS: ${codeOf(error)}`, circumstances);
  if (error.message.startsWith("SASL:")) {
    return new SourceError("SOURCE_REFUSED", "the database's way to authenticate is not accepted", circumstances);
  }
  if (/timeout/.test(error.message)) return new SourceError("SOURCE_TIMEOUT", "the database is silent", circumstances);
  return new SourceError("SOURCE_UNAVAILABLE", `no connection: ${codeOf(error)}`, { ...circumstances, cause: error });
}

function stateFailure(state: string, circumstances: { readonly sent: boolean }): SourceError {
  if (!/^[0-9A-Z]{5}$/.test(state)) {
    return new SourceError("SOURCE_MALFORMED", "the database does not keep to PostgreSQL's protocol", circumstances);
  }
  const known = BY_STATE[state] ?? BY_STATE[state.slice(0, 2)];
  const { code, why } = known ?? { code: "SOURCE_FAILED", why: "the database reported an error" };
  return new SourceError(code, `${why} (SQLSTATE ${state})`, circumstances);
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "closed";
}

/** As OpenSSL and Node name what is wrong with a certificate. */
function isTlsFailure(error: Error): boolean {
  return /^(?:ERR_TLS_|ERR_SSL_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_)/.test(
    codeOf(error),
  );
}
