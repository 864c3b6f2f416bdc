import type { PoliciesState } from "#policies/policies.ts";
import type { Acts } from "./log/recorded-acts.ts";
import type { TrustState } from "./trust/trust-keeper.ts";

type LifeParts = {
  readonly acts: Pick<Acts, "record">;
  readonly version: string;
  readonly policies: () => Pick<PoliciesState, "digest">;
  readonly trust: () => Pick<TrustState, "digest">;
  readonly logger: { readonly warn: (facts: object, message: string) => void };
};

/** Milliseconds. */
const TRY_AGAIN = 5_000;

/** Neither throws: a service that cannot record its start answers nothing that has to be recorded, and is well again when the log is. */
export type ServiceLife = {
  /** Resolves when the start is on record, or was tried in vain; then it is tried again by and by. */
  readonly started: () => Promise<void>;
  /** After the last exchange was answered. */
  readonly stopping: () => Promise<void>;
};

export function serviceLife({ acts, version, policies, trust, logger }: LifeParts): ServiceLife {
  const facts = () => ({ version, policies: policies().digest, trust: trust().digest });
  let isRecorded = false;
  let again: NodeJS.Timeout | undefined;
  async function started(detail = facts()): Promise<void> {
    try {
      await acts.record({ act: "start-service", to: "service", detail }, null);
      isRecorded = true;
    } catch (error) {
      logger.warn({ problem: messageOf(error) }, "the start cannot be recorded yet");
      again = setTimeout(() => void started(detail), TRY_AGAIN).unref();
    }
  }
  return {
    started: () => started(),
    async stopping() {
      clearTimeout(again);
      if (!isRecorded) return;
      await acts
        .record({ act: "stop-service", to: "service", detail: facts() }, null)
        .catch((error: unknown) => logger.warn({ problem: messageOf(error) }, "the stop could not be recorded"));
    },
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : "unknown error");
