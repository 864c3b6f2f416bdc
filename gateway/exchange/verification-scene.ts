import type { RegisterAnswer } from "#certs/register-answer.ts";
import type { Caller } from "#gateway/clients/caller.ts";
import type { VerificationRecord } from "#gateway/log/exchange-record.ts";
import type { LogEntry } from "#gateway/log/log-entry.ts";
import { unverifiedReport } from "#gateway/workers/unverified-report.ts";
import type { Verification } from "#gateway/workers/verifier.ts";
import type { Decision } from "#policies/decision.ts";
import { VERIFY_PLAN } from "#policies/verify-plan.ts";
import { REGISTER } from "./register-fixture.ts";
import type { RegisterReply, RegisterRuling } from "./register.ts";
import type { VerificationRequest, VerificationServices } from "./verification.ts";

export const NOW = Date.UTC(2026, 10, 21);
export const SHA256 = "ab".repeat(32);
export const LOCAL: Caller = {
  id: "local",
  network: "loopback",
  authentication: "none",
  organisation: null,
  roles: [],
  perMinute: 60,
};
export const ANONYMOUS = { ...LOCAL, id: "anonymous", network: "remote" } as const;
export const REPORT = unverifiedReport({
  reason: "BUDGET",
  detail: "",
  sha256: SHA256,
  bytes: 9,
  policy: "gb-t-38540",
  snapshot: "sha256:0",
  at: NOW,
});

export const PERMIT: Decision = {
  effect: "permit",
  decisionId: "decision-1",
  policySetDigest: "sha256:0",
  reasons: [{ code: "LOCAL_CALLER", rule: "verify-from-this-machine", zh: "允许。", en: "Permitted." }],
  plan: VERIFY_PLAN,
  fields: {},
  duties: { quota: null, watermark: false, notify: [], secondApprover: false },
};
export const DENIAL = { code: "NO_RULE_PERMITS", rule: "default", zh: "不允许。", en: "Not permitted." };
export const DENY: Decision = { ...PERMIT, effect: "deny", decisionId: "decision-2", reasons: [DENIAL], plan: {} };

type Scene = {
  readonly verification?: Verification;
  readonly decision?: Decision;
  readonly plan?: Decision["plan"];
  readonly append?: () => Promise<void>;
  readonly ruling?: RegisterRuling | (() => never);
  readonly reply?: () => RegisterReply;
};
export const RULING: RegisterRuling = {
  permitted: true,
  decision: { decisionId: "decision-3", policySetDigest: "sha256:0" },
  reasons: [{ code: "OWN_CASE", rule: "case", zh: "", en: "" }],
};

export function sceneOf({ verification = { kind: "report", report: REPORT }, ...scene }: Scene = {}) {
  const records: VerificationRecord[] = [];
  const entries: LogEntry[] = [];
  const asked: unknown[] = [];
  const steps: string[] = [];
  const troubles: string[] = [];
  const observed: string[] = [];
  const request: VerificationRequest = {
    caller: LOCAL,
    target: "POST /v1/verifications",
    calls: { signal: new AbortController().signal },
    async receive() {
      steps.push("receive");
      return { take: () => new Uint8Array(9), length: 9, sha256: SHA256, release: () => void steps.push("release") };
    },
    at: null,
    policy: "gb-t-38540",
    register: null,
  };
  const services: VerificationServices = {
    access: "loopback",
    authorize() {
      steps.push("authorize");
      return scene.decision ?? PERMIT;
    },
    clock: () => NOW,
    async verify({ at, policy }) {
      steps.push("verify");
      asked.push({ at, policy });
      return verification;
    },
    isFull: () => false,
    async authorizeRegister() {
      steps.push("authorize register");
      return typeof scene.ruling === "function" ? scene.ruling() : (scene.ruling ?? RULING);
    },
    async askRegister(question) {
      steps.push("ask register");
      asked.push(question);
      return scene.reply?.() ?? answered(FOUND);
    },
    log: {
      async append(entry) {
        await scene.append?.();
        const { record } = entry;
        entries.push(entry);
        steps.push("record");
        if (record.kind === "verification") records.push(record);
      },
    },
    observe: (record) => void observed.push(record.id),
    onTrouble: (what, detail) => void troubles.push(`${what}: ${detail}`),
  };
  return { services, request, records, entries, observed, asked, steps, troubles };
}

export const LICENCE = {
  proven: true,
  identifier: null,
  typeCode: null,
  typeName: null,
  number: null,
  issuer: { code: null, name: null },
  holder: { name: "张三", code: "11010519491231002X", codeType: "111" },
  issuedOn: null,
  validFrom: null,
  validTo: null,
  fields: {},
} as const;
export const PERSONAL = /张三|11010519491231002X|19491231/i;

export const FOUND = {
  resource: REGISTER.resource,
  region: "340000",
  outcome: "found",
  code: null,
  source: "anhui-register",
  asOf: "2026-11-20T00:00:00Z",
  reference: "R-1",
  issuer: "entitled",
  state: "in-force",
  holder: { name: "match", code: "match" },
} as const satisfies RegisterAnswer;
export const answered = (answer: RegisterAnswer, receipt: string | null = null): RegisterReply => ({
  kind: "answered",
  answer,
  receipt,
});
