import type { countingScene } from "../test-records.ts";
import type { AlertFacts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import type { RuleName } from "./rules.ts";

/** A service in which all is well, over counts that a test fills. */
export function factsOf(scene: ReturnType<typeof countingScene>, changes: Partial<AlertFacts> = {}): AlertFacts {
  scene.slots.tally.turn(scene.steady());
  return {
    now: scene.clock(),
    counts: scene.slots,
    within: (minutes) => scene.slots.tally.within(minutes),
    sources: new Map(),
    quotas: [],
    endings: { crl: null, certificates: [], ownCertificate: null },
    log: null,
    setBackAt: null,
    witnesses: [],
    curiosities: null,
    ...changes,
  };
}

export const findingOf = (rule: RuleName, subject: string | null = null, seen = 1): Finding => ({
  rule,
  subject,
  zh: "示例。",
  en: "Sample.",
  figures: { seen },
});
