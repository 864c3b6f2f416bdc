import pino from "pino";
import type { VerificationRequest, VerificationServices } from "#gateway/exchange/verification.ts";
import { exchangeVerification } from "#gateway/exchange/verification.ts";
import { recordedExchange } from "#gateway/exchange/recorded.ts";
import { DEFAULT_TIMEOUTS, type ServerTimeouts, startServer } from "#gateway/http/server.ts";
import type { Readiness } from "#gateway/health.ts";
import type { ExchangeLog } from "#gateway/log/exchange-log.ts";
import type { Client, ExchangeRecord } from "#gateway/log/exchange-record.ts";
import { unverifiedReport } from "#gateway/workers/unverified-report.ts";

/** A log in memory, for tests of what stands before it. */
export function memoryLog(): ExchangeLog & { readonly records: Map<string, ExchangeRecord> } {
  const records = new Map<string, ExchangeRecord>();
  return {
    records,
    async append(record) {
      records.set(record.id, record);
    },
    get: async (id) => records.get(id) ?? null,
    async probe() {},
    async close() {},
  };
}

/** A verifier that looks at nothing: for tests of the HTTP side only. */
export const blindVerify: VerificationServices["verify"] = async ({ take, policy, at }) => ({
  kind: "report",
  report: unverifiedReport({
    reason: "CHECK_ERROR",
    detail: "no verifier in this test",
    sha256: "0".repeat(64),
    bytes: take()?.length ?? 0,
    policy,
    snapshot: "sha256:none",
    at,
  }),
});

export type TestService = { readonly url: string; readonly port: number; readonly close: () => Promise<void> };

type Parts = Partial<VerificationServices> & {
  readonly log?: ExchangeLog;
  readonly maxBytes?: number;
  readonly timeouts?: Partial<ServerTimeouts>;
};

/** The HTTP service on a port of its own, with the parts behind it as given. */
export async function startTestService(parts: Parts = {}): Promise<TestService> {
  const { access = "loopback", verify = blindVerify, clock = Date.now, maxBytes = 1024 * 1024 } = parts;
  const log = parts.log ?? memoryLog();
  const options = {
    logger: pino({ level: "silent" }),
    maxBytes,
    timeouts: { ...DEFAULT_TIMEOUTS, ...parts.timeouts },
    operations: {
      verify: (request: VerificationRequest) => exchangeVerification(request, { access, verify, log, clock }),
      recorded: (id: string, client: Client) => recordedExchange(id, client, { access, log }),
      async readiness(): Promise<Readiness> {
        const check = { status: "ready", zh: "可用", en: "ready" } as const;
        return { status: "ready", checks: { verify: check, record: check, trust: check } };
      },
      defaultPolicy: "gb-t-38540",
    },
  } as const;
  const { url, close } = await startServer(options, { host: "127.0.0.1", port: 0 });
  return { url, close, port: Number(new URL(url).port) };
}

export type ProblemBody = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly verdict?: string;
  readonly detail?: string;
  readonly zh: string;
  readonly en: string;
  readonly exchange?: string;
};

export type Answered = { readonly status: number; readonly code: string; readonly problem: ProblemBody };

/** The problem that an answer holds, after checking that it is one in every respect. */
export async function readProblem(response: Response): Promise<Answered> {
  const problem = (await response.json()) as ProblemBody;
  const type = response.headers.get("content-type");
  if (type !== "application/problem+json; charset=utf-8") throw new Error(`not a problem: ${type}`);
  if (problem.status !== response.status) throw new Error(`status ${problem.status} in a ${response.status}`);
  return { status: response.status, code: problem.code, problem };
}

export const OFD_HEADERS = { "content-type": "application/ofd" } as const;
