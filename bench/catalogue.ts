import type { Circumstances, Finding } from "./finding.ts";

/** `ratios`: names of what it finds. `minutes`: a run that takes longer hangs. */
export type Entry<Name extends string = string> = {
  readonly shows: string;
  readonly ratios: readonly Name[];
  readonly minutes: { readonly [Length in Circumstances["length"]]: number };
  readonly run: (circumstances: Circumstances) => Promise<Finding<Name>>;
};

/** Does not compile unless the scenario finds every ratio that it names. */
const entry = <const Name extends string>(each: Entry<Name>): Entry<Name> => each;

/** Every scenario of `npm run bench`, in the order in which `--check` runs them. */
export const SCENARIOS = {
  sm2: entry({
    shows: "SM2 signatures of recurring keys, against node:crypto",
    ratios: ["sm2.kernel-to-native"],
    minutes: { full: 10, brief: 5 },
    run: async (circumstances) => (await import("./scenarios/sm2.ts")).run(circumstances),
  }),
  verify: entry({
    shows: "whole documents: on one core, in the gateway's workers, posted over HTTP",
    ratios: [
      "verify.recurring-to-native",
      "verify.cold-to-native",
      "verify.http-to-in-process",
      "verify.large-file-memory",
    ],
    minutes: { full: 30, brief: 15 },
    run: async (circumstances) => (await import("./scenarios/verify.ts")).run(circumstances),
  }),
  lookup: entry({
    shows: "whole lookups over HTTP, against bare servers",
    ratios: [
      "lookup.gateway-to-fastify",
      "lookup.p99-to-median",
      "lookup.policy-microseconds",
      "lookup.table-lookups-per-second",
      "lookup.machine-stall-milliseconds",
    ],
    minutes: { full: 20, brief: 10 },
    run: async (circumstances) => (await import("./scenarios/inquiry.ts")).runLookup(circumstances),
  }),
  match: entry({
    shows: "whole matches over HTTP, against bare servers",
    ratios: [
      "match.gateway-to-fastify",
      "match.p99-to-median",
      "match.policy-microseconds",
      "match.table-lookups-per-second",
      "match.machine-stall-milliseconds",
    ],
    minutes: { full: 20, brief: 10 },
    run: async (circumstances) => (await import("./scenarios/inquiry.ts")).runMatch(circumstances),
  }),
  log: entry({
    shows: "the exchange log: durable entries against a bare file, proofs in a large tree, lookups with and without it",
    ratios: [
      "log.to-bare-append",
      "log.entries-per-second",
      "log.proof-milliseconds",
      "log.memory-growth",
      "log.recorded-to-unrecorded",
    ],
    minutes: { full: 30, brief: 15 },
    run: async (circumstances) => (await import("./scenarios/log.ts")).run(circumstances),
  }),
  mixed: entry({
    shows: "everything at once, and the gateway's memory from 10,000 exchanges to 1,000,000",
    ratios: ["mixed.memory-growth", "mixed.exchanges-per-second"],
    minutes: { full: 60, brief: 15 },
    run: async (circumstances) => (await import("./scenarios/mixed.ts")).run(circumstances),
  }),
  formats: entry({
    shows: "how fast each format is read",
    ratios: [
      "formats.der-to-sm3",
      "formats.certificate-to-node",
      "formats.zip-to-zlib",
      "formats.xml-to-saxes",
      "formats.v4-seal-to-der",
    ],
    minutes: { full: 10, brief: 5 },
    run: async (circumstances) => (await import("./scenarios/formats.ts")).run(circumstances),
  }),
  growth: entry({
    shows: "cost of one operation as log, catalogue, issuers, documents and connections grow",
    ratios: ["growth.log", "growth.catalogue", "growth.issuers", "growth.documents", "growth.connections"],
    minutes: { full: 60, brief: 20 },
    run: async (circumstances) => (await import("./scenarios/growth.ts")).run(circumstances),
  }),
} as const satisfies Readonly<Record<string, Entry>>;
export type ScenarioName = keyof typeof SCENARIOS;

export const isScenarioName = (name: string): name is ScenarioName => Object.hasOwn(SCENARIOS, name);
export const scenarioNames = (): readonly ScenarioName[] => Object.keys(SCENARIOS).filter(isScenarioName);
