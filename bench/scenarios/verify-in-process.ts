import { newMemory } from "#certs/memory.ts";
import { VALIDATION_POLICIES } from "#certs/policy.ts";
import type { Report } from "#certs/report.ts";
import { buildTrustSnapshot } from "#certs/trust/snapshot.ts";
import { verifyDocument } from "#certs/verify.ts";
import { opensslSpeed } from "../baselines/openssl.ts";
import { cpuSeconds } from "../cpu-time.ts";
import { type Circumstances, type Finding, uninterrupted } from "../finding.ts";
import { median, print, printTable } from "../print.ts";
import { DocumentShelf, type MintedDocuments } from "../scene/documents.ts";
import { NATIVE_EACH, nativeSm2 } from "../scene/native-sm2.ts";
import { verifyAndBuild } from "../scene/verified.ts";

type Ratio = "verify.recurring-to-native" | "verify.cold-to-native";

const ROUNDS = { full: 12, brief: 5 } as const;
const EACH = { full: 400, brief: 160 } as const;
/** Documents that do not count: the engine goes on compiling for thousands, and the first run at a third of the later rate. */
const WARM_UP = { full: 4000, brief: 1200 } as const;
const COLD_EACH = { full: 80, brief: 30 } as const;
const OPENSSL_SECONDS = { full: 3, brief: 1 } as const;
const policy = VALIDATION_POLICIES["gb-t-38540"];

/** Documents a second on one core, by turns with bare SM2 verifications; each document is verified once, every verdict is checked. */
export async function measureInProcess(
  { documents, trust }: MintedDocuments,
  length: Circumstances["length"],
): Promise<Finding<Ratio>> {
  const shelf = new DocumentShelf(documents);
  const at = Date.now();
  const snapshot = buildTrustSnapshot(trust);
  const memory = newMemory();
  const recurring: Verify = (bytes) => verifyAndBuild(bytes, { trust: snapshot, policy, at, memory });
  const cold: Verify = (bytes) => verifyDocument(bytes, { trust: buildTrustSnapshot(trust), policy, at });
  const verifyNatively = nativeSm2();
  const rounds = { native: [] as number[], recurring: [] as number[], cold: [] as number[] };
  const [each, coldEach, warmUp] = [EACH[length], COLD_EACH[length], WARM_UP[length]];
  verifyNatively();
  verifySome(shelf, recurring, { first: 0, count: warmUp });
  for (let round = 0; round < ROUNDS[length]; round++) {
    const first = warmUp + each * round;
    rounds.native.push(rate(NATIVE_EACH, verifyNatively));
    rounds.recurring.push(rate(each, () => verifySome(shelf, recurring, { first, count: each })));
  }
  // Last: what a cold verification builds and drops would otherwise be collected in the others' time.
  for (let round = 0; round < ROUNDS[length]; round++) {
    const first = warmUp + each * round;
    rounds.cold.push(rate(coldEach, () => verifySome(shelf, cold, { first, count: coldEach })));
  }
  const openssl = await opensslSpeed(OPENSSL_SECONDS[length]);
  return report(rounds, { shelf, length, openssl });
}

type Verify = (bytes: Uint8Array) => Report;

/** Throws when a verdict is wrong. */
function verifySome(
  shelf: DocumentShelf,
  verify: Verify,
  { first, count }: { readonly first: number; readonly count: number },
): void {
  for (let number = first; number < first + count; number++) {
    const { bytes, verdict } = shelf.at(number);
    const { verdict: found, summary } = verify(bytes);
    if (found !== verdict) throw new Error(`a verdict is wrong: ${found} in place of ${verdict}: ${summary.en}`);
  }
}

/** For a second of CPU. */
const rate = (count: number, work: () => void): number => count / cpuSeconds(work);

type Rounds = {
  readonly native: readonly number[];
  readonly recurring: readonly number[];
  readonly cold: readonly number[];
};
type Surroundings = {
  readonly shelf: DocumentShelf;
  readonly length: Circumstances["length"];
  readonly openssl: Awaited<ReturnType<typeof opensslSpeed>>;
};

function report({ native, recurring, cold }: Rounds, { shelf, length, openssl }: Surroundings): Finding<Ratio> {
  const base = median(native);
  const files = ROUNDS[length] * EACH[length];
  print(
    `\none core; ${files} files of ${Math.round(shelf.meanBytes)} bytes on average, none verified twice, every tenth one spoilt; every verdict checked\n`,
  );
  const rows: readonly (readonly [subject: string, perSecond: number, answers: number])[] = [
    ["native single SM2 verify (node:crypto)", base, native.length * NATIVE_EACH],
    ["whole file: recurring issuers, path and CRL included", median(recurring), files],
    ["whole file: cold, nothing remembered, trust snapshot built", median(cold), ROUNDS[length] * COLD_EACH[length]],
    ...(openssl === null
      ? []
      : [
          [
            `openssl speed sm2, verify (${openssl.version})`,
            openssl.verifyPerSecond,
            Math.round(openssl.verifyPerSecond * OPENSSL_SECONDS[length]),
          ] as const,
        ]),
  ];
  printTable(
    ["", "per second of CPU", "ratio"],
    rows.map(([name, perSecond]) => [name, perSecond.toFixed(0), (perSecond / base).toFixed(2)]),
  );
  if (openssl === null) print("openssl speed: there is no openssl here that knows SM2");
  const measured = rows.map(([subject, perSecond, answers]) =>
    uninterrupted("verify", subject, { answers, perSecond, seconds: answers / perSecond }),
  );
  return {
    measurements: measured,
    ratios: {
      "verify.recurring-to-native": {
        title: "whole sealed file, recurring issuers, against one native SM2 verification",
        value: median(recurring) / base,
      },
      "verify.cold-to-native": {
        title: "whole sealed file, nothing remembered, against one native SM2 verification",
        value: median(cold) / base,
      },
    },
    charts: [],
  };
}
