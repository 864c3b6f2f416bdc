import { createServer } from "node:net";
import pino from "pino";
import type { Decision } from "#policies/decision.ts";
import type { AuthorizationRequest } from "#policies/request.ts";
import type { Caller } from "#gateway/clients/caller.ts";
import { signerOf } from "#gateway/clients/test-clients.ts";
import { exchangeVerification, type VerificationServices } from "#gateway/exchange/verification.ts";
import { recordedExchange } from "#gateway/exchange/recorded.ts";
import type { Readiness } from "#gateway/health.ts";
import type { Operations } from "#gateway/http/operations.ts";
import { DEFAULT_TIMEOUTS, type ServerTimeouts, startServer } from "#gateway/http/server.ts";
import type { TlsMaterial } from "#gateway/tls.ts";
import { memoryRates, rateLimitStore } from "#gateway/limits/rate-limit-store.ts";
import type { ExchangeLog } from "#gateway/log/exchange-log.ts";
import { storedExchange } from "#gateway/log/test-stored.ts";
import type { ExchangeRecord } from "#gateway/log/exchange-record.ts";
import type { ClientEntry } from "#gateway/registry/entities.ts";
import { unverifiedReport } from "#gateway/workers/unverified-report.ts";
import { CLIENTS, testClients } from "./clients.ts";
import { echoLookup, echoMatch } from "./inquiries.ts";
import { EXCHANGE, memoryAdministration } from "./memory-administration.ts";

type TestedLog = Pick<ExchangeLog, "append" | "get">;

/** A log in memory, for tests of what stands before it. */
export function memoryLog(): TestedLog & { readonly records: Map<string, ExchangeRecord> } {
  const records = new Map<string, ExchangeRecord>();
  return {
    records,
    async append({ record }) {
      records.set(record.id, record);
    },
    get: async (id) => storedExchange(records.get(id)),
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

/** Permits whoever is on this machine or has shown who it is. */
function decide({ principal, context }: AuthorizationRequest): Decision {
  const permitted =
    principal.address === "loopback" || context.access === "open" || principal.authentication !== "none";
  const reason = {
    code: "REMOTE_CALLER",
    rule: "verify-local",
    zh: "仅限本机调用。",
    en: "Callers on this machine only.",
  };
  return {
    effect: permitted ? "permit" : "deny",
    decisionId: "019aa0c4-8fec-7228-858b-81eb96d713ef",
    policySetDigest: "sha256:none",
    reasons: permitted ? [] : [reason],
    plan: {},
    fields: {},
    duties: { quota: null, watermark: false, notify: [], secondApprover: false },
  };
}

export type TestService = {
  readonly url: string;
  readonly port: number;
  /** A header that shows who asks. */
  readonly token: (client: keyof typeof CLIENTS, certificate?: string) => Promise<{ readonly authorization: string }>;
  readonly close: () => Promise<void>;
};

export type Parts = Partial<Operations> & {
  readonly access?: VerificationServices["access"];
  readonly log?: TestedLog;
  readonly verifier?: VerificationServices["verify"];
  readonly clients?: readonly ClientEntry[];
  readonly clock?: () => number;
  readonly maxBytes?: number;
  readonly timeouts?: Partial<ServerTimeouts>;
  readonly tls?: TlsMaterial;
  /** Lines of the service's own log. */
  readonly lines?: string[];
};

const nothing = async (): Promise<void> => undefined;
const unwatched = (): never => {
  throw new Error("not in this test");
};
const ready = { status: "ready", zh: "可用", en: "ready" } as const;

/** The HTTP service on a port of its own, with the parts behind it as given. */
export async function startTestService(parts: Parts = {}): Promise<TestService> {
  const { access = "loopback", verifier = blindVerify, clock = Date.now, maxBytes = 1024 * 1024, lines } = parts;
  const { log = memoryLog(), clients = Object.values(CLIENTS), timeouts, tls, ...given } = parts;
  // The issuer is part of every token, so the port has to be known before.
  const port = await freePort();
  const issuer = `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`;
  const { tokens, close: closeClients, ...identity } = testClients({ clients, issuer, clock });
  const operations: Operations = {
    ...identity,
    rateLimitStore: rateLimitStore(memoryRates(clock)),
    knowsResource: () => true,
    checkSignedRequest: nothing,
    makeReceipt: async () => "none",
    counterReceipt: nothing,
    verify: (request) =>
      exchangeVerification(request, {
        access,
        authorize: decide,
        verify: verifier,
        isFull: () => false,
        log,
        clock,
        observe: () => undefined,
        authorizeRegister: () => Promise.reject(new Error("no register in this test")),
        askRegister: () => Promise.reject(new Error("no register in this test")),
        onTrouble: () => undefined,
      }),
    evidence: {
      recorded: (id: string, caller: Caller) => recordedExchange(id, caller, { access, authorize: decide, log, clock }),
      receipt: unwatched,
      search: unwatched,
      searchPerson: unwatched,
      exportExchanges: unwatched,
      trail: unwatched,
      eraseExchange: unwatched,
      erasePerson: unwatched,
    },
    publicLog: { checkpoint: unwatched, keys: unwatched, tile: unwatched },
    defaultPolicy: "gb-t-38540",
    lookUp: echoLookup,
    match: echoMatch,
    administration: memoryAdministration(),
    uploadTable: () => Promise.reject(new Error("no tables in this test")),
    waitingApprovals: async () => [],
    decideApproval: async () => ({ exchange: EXCHANGE }),
    noticesTo: async () => [],
    monitor: { answered: () => {}, figures: unwatched, alerts: unwatched, scorecards: unwatched, metrics: unwatched },
    readiness: async (): Promise<Readiness> => ({
      status: "ready",
      checks: {
        verify: ready,
        sign: ready,
        record: ready,
        witnesses: ready,
        trust: ready,
        policies: ready,
        limits: ready,
        sources: ready,
      },
    }),
    ...given,
  };
  const logger = pino({ level: lines === undefined ? "silent" : "info" }, { write: (line) => void lines?.push(line) });
  const options = { logger, operations, maxBytes, timeouts: { ...DEFAULT_TIMEOUTS, ...timeouts } };
  const server = await startServer({ ...options, ...(tls !== undefined && { tls }) }, { host: "127.0.0.1", port });
  return {
    url: server.url,
    port,
    async token(client, certificate) {
      return { authorization: `Bearer ${await tokens.issue(await signerOf(CLIENTS[client]), certificate ?? null)}` };
    },
    async close() {
      await server.close();
      closeClients();
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

export type ProblemBody = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly verdict?: string;
  readonly reasons?: readonly { readonly code: string }[];
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
  if (problem.status >= 500 && problem.detail !== undefined) throw new Error("a detail of ours");
  return { status: response.status, code: problem.code, problem };
}

export const OFD_HEADERS = { "content-type": "application/ofd" } as const;
export const JSON_HEADERS = { "content-type": "application/json" } as const;
