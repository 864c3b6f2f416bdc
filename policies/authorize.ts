import { createHash } from "node:crypto";
import type { Decision, DecisionReason, Plan } from "./decision.ts";
import { VERIFY_PLAN } from "./verify-plan.ts";

/** `address`: `loopback` is this machine itself, `proxied` this machine on behalf of somebody elsewhere. */
export type AuthorizationRequest = {
  readonly principal: { readonly client: string; readonly address: "loopback" | "remote" | "proxied" };
  readonly action: "verify";
  /** `open`: the operator lets everybody in who reaches the port. */
  readonly context: { readonly access: "loopback" | "open" };
};

/** Permits what fits all of its conditions. Conditions are data, so that the digest covers them. */
type Rule = {
  readonly id: string;
  readonly action: AuthorizationRequest["action"];
  readonly address?: readonly AuthorizationRequest["principal"]["address"][];
  readonly access?: readonly AuthorizationRequest["context"]["access"][];
  readonly reason: DecisionReason;
  readonly plan: Plan;
};

const RULES: readonly Rule[] = [
  {
    id: "verify-from-this-machine",
    action: "verify",
    address: ["loopback"],
    reason: {
      code: "LOCAL_CALLER",
      zh: "允许本机的核验请求",
      en: "Callers on this machine may have documents verified",
    },
    plan: VERIFY_PLAN,
  },
  {
    id: "verify-when-open",
    action: "verify",
    access: ["open"],
    reason: {
      code: "OPEN_ACCESS",
      zh: "本网关已对所有调用方开放核验",
      en: "The operator has opened verification to everybody",
    },
    plan: VERIFY_PLAN,
  },
];

/** Nothing permits it. */
const NO_RULE: DecisionReason = {
  code: "NO_RULE_PERMITS",
  zh: "没有规则允许此请求；本网关默认只接受本机的核验请求",
  en: "No rule permits this request; unless it is opened, the gateway serves callers on its own machine only",
};

const sha256 = (...parts: readonly unknown[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex");

const POLICY_SET_DIGEST = `sha256:${sha256(RULES, NO_RULE)}`;

const permits = (rule: Rule, { principal, action, context }: AuthorizationRequest): boolean =>
  rule.action === action &&
  (rule.address?.includes(principal.address) ?? true) &&
  (rule.access?.includes(context.access) ?? true);

/** Decides whether a request may be carried out, and what of the answer may be disclosed. Default deny; the same question gets the same decision. */
export function authorize(request: AuthorizationRequest): Decision {
  const { principal, action, context } = request;
  const rule = RULES.find((rule) => permits(rule, request));
  const question = sha256(POLICY_SET_DIGEST, principal.client, principal.address, action, context.access);
  return {
    effect: rule === undefined ? "deny" : "permit",
    decisionId: `decision-${question.slice(0, 32)}`,
    policySetDigest: POLICY_SET_DIGEST,
    reasons: [rule?.reason ?? NO_RULE],
    plan: rule?.plan ?? {},
  };
}
