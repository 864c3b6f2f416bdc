import type { Policies } from "#policies/policies.ts";
import type { Acts } from "./log/recorded-acts.ts";
import type { TrustKeeper } from "./trust/trust-keeper.ts";

type Logger = {
  readonly info: (facts: object, message: string) => void;
  readonly warn: (facts: object, message: string) => void;
  readonly error: (facts: object, message: string) => void;
};

type PolicyParts = {
  readonly policies: Pick<Policies, "look" | "state">;
  readonly acts: Acts;
  readonly logger: Logger;
};

/**
 * Looks for other policies. A new set is in force when that is on record; one that is refused is put on record once, and the
 * last good one stays. Never rejects; a call while another is under way does nothing.
 */
export function policyRefresher({ policies, acts, logger }: PolicyParts): () => Promise<void> {
  let refusal: string | null = null;
  async function refresh(): Promise<void> {
    const { digest: before } = policies.state;
    const found = policies.look();
    if (found.kind === "in-force") {
      refusal = null;
      return;
    }
    const { digest } = found;
    if (found.kind === "new") {
      const detail = { outcome: "in-force", digest, before } as const;
      await acts.carryOut({ act: "change-policies", to: "policies", detail }, null, found.putInForce);
      refusal = null;
      logger.info({ digest }, "policies changed");
      return;
    }
    if (refusal === (digest ?? found.problem)) return;
    logger.error({ problem: found.problem, digest: before }, "policies refused; the last good set stays");
    const detail = { outcome: "refused", digest, before } as const;
    await acts.record({ act: "change-policies", to: "policies", detail }, null);
    refusal = digest ?? found.problem;
  }
  return alone(async () => {
    try {
      await refresh();
    } catch (error) {
      logger.error({ problem: messageOf(error) }, "a change of the policies cannot be recorded, and is not made");
    }
  });
}

/** Looks for other trust material, see TrustKeeper.refresh. Never rejects; a call while another is under way does nothing. */
export const trustRefresher = (trust: Pick<TrustKeeper, "refresh" | "state">, logger: Logger): (() => Promise<void>) =>
  alone(async () => {
    const changed = await trust.refresh();
    const { digest, problem } = trust.state;
    if (problem !== null) logger.warn({ problem, digest }, "trust material refused; the last good snapshot stays");
    else if (changed) logger.info({ digest }, "trust snapshot changed");
  });

/** Puts a snapshot to use when that is on record. `present`: the digest of the one in use until then. */
export const recordedTrust =
  <Trust extends { readonly digest: string }>(
    acts: Pick<Acts, "carryOut">,
    present: () => string,
    use: (trust: Trust) => Promise<void>,
  ): ((trust: Trust) => Promise<void>) =>
  async (trust) => {
    const detail = { digest: trust.digest, before: present() };
    await acts.carryOut({ act: "change-trust", to: "trust", detail }, null, () => use(trust));
  };

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : "unknown error");

function alone(work: () => Promise<void>): () => Promise<void> {
  let isAtWork = false;
  return async () => {
    if (isAtWork) return;
    isAtWork = true;
    await work().finally(() => {
      isAtWork = false;
    });
  };
}
