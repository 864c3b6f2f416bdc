import { randomUUIDv7 } from "node:crypto";
import type { ExchangeRecord } from "#gateway/log/exchange-record.ts";
import type { LogEntry } from "#gateway/log/log-entry.ts";

/** A record for tests of the log. */
export const sampleRecord = (): ExchangeRecord => ({
  id: randomUUIDv7(),
  receivedAt: new Date().toISOString(),
  kind: "verification",
  client: { id: "local", network: "loopback", authentication: "none", organisation: null },
  request: { sha256: "0".repeat(64), bytes: 9216, at: null, policy: "gb-t-38540", register: null },
  decision: { effect: "permit", decisionId: "decision-0", policySetDigest: "sha256:0", reasons: ["LOCAL_CALLER"] },
  outcome: { result: "REFUSED", code: "NOT_OFD" },
  source: null,
  report: null,
});

/** The same as it goes into the log. */
export const sampleEntry = (record = sampleRecord()): LogEntry => ({
  record,
  request: { target: "POST /v1/verifications", sha256: "0".repeat(64) },
  answer: Buffer.from('{"verdict":"REFUSED"}'),
  subject: "licence/1",
  persons: ["91340000MB0123456X"],
});
