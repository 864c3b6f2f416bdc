import { expect, test } from "vitest";
import { connectionError, exchangeError, statusError } from "./outbound-errors.ts";
import { SourceError } from "./source-error.ts";

const withCode = (code: string): Error => Object.assign(new Error("as undici or node say it"), { code });
const codeOf = (error: unknown): string => (error instanceof SourceError ? error.code : "none");

test.each([
  ["ECONNREFUSED", "SOURCE_UNAVAILABLE"],
  ["ENOTFOUND", "SOURCE_UNAVAILABLE"],
  ["EAI_AGAIN", "SOURCE_UNAVAILABLE"],
  ["ECONNRESET", "SOURCE_UNAVAILABLE"],
  ["UND_ERR_CONNECT_TIMEOUT", "SOURCE_UNAVAILABLE"],
  ["CERT_HAS_EXPIRED", "SOURCE_UNTRUSTED"],
  ["ERROR_IN_CERT_NOT_AFTER_FIELD", "SOURCE_UNTRUSTED"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "SOURCE_UNTRUSTED"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "SOURCE_UNTRUSTED"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "SOURCE_UNTRUSTED"],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "SOURCE_UNTRUSTED"],
  ["EPROTO", "SOURCE_UNTRUSTED"],
  ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "SOURCE_REFUSED"],
])("a connection that fails with %s is %s, and nothing was sent", (code, expected) => {
  const error = connectionError(withCode(code), "source.example:443");
  expect([error.code, error.sent]).toEqual([expected, false]);
  expect(error.detail).toBe(`connection to source.example:443: ${code}`);
});

test.each([
  ["UND_ERR_SOCKET", "SOURCE_UNAVAILABLE", "SOURCE_FAILED"],
  ["ECONNRESET", "SOURCE_UNAVAILABLE", "SOURCE_FAILED"],
  ["EPIPE", "SOURCE_UNAVAILABLE", "SOURCE_FAILED"],
  ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "SOURCE_MALFORMED", "SOURCE_FAILED"],
  ["UND_ERR_HEADERS_OVERFLOW", "SOURCE_TOO_LARGE", "SOURCE_TOO_LARGE"],
  ["UND_ERR_HEADERS_TIMEOUT", "SOURCE_TIMEOUT", "SOURCE_TIMEOUT"],
  ["UND_ERR_BODY_TIMEOUT", "SOURCE_TIMEOUT", "SOURCE_TIMEOUT"],
  ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "SOURCE_REFUSED", "SOURCE_REFUSED"],
  ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "SOURCE_REFUSED", "SOURCE_REFUSED"],
])("under way, %s is %s before the answer and %s within it", (code, before, within) => {
  expect(codeOf(exchangeError(withCode(code), "h", "question"))).toBe(before);
  expect(codeOf(exchangeError(withCode(code), "h", "answer"))).toBe(within);
});

test("what is a SourceError already stays as it is", () => {
  const error = new SourceError("SOURCE_ADDRESS", "loopback");
  expect(connectionError(error, "h")).toBe(error);
  expect(exchangeError(error, "h", "answer")).toBe(error);
});

const NOW = Date.parse("2026-03-02T01:02:03Z");
test.each([
  ["7", 7000],
  ["0", 0],
  ["999999", 3_600_000],
  ["Mon, 02 Mar 2026 01:03:03 GMT", 60_000],
  ["Mon, 02 Mar 2026 01:00:00 GMT", 0],
  ["soon", null],
  ["-5", 0],
  ["99999999999999999999", null],
])("retry-after %j is %j ms", (text, expected) => {
  expect(statusError(503, new Map([["retry-after", text]]), NOW)?.retryAfter).toBe(expected);
});
