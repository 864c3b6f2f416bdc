import { setImmediate as breathe } from "node:timers/promises";
import { issueCertificate } from "#certs/issue/certificate.ts";
import { issueCrl } from "#certs/issue/crl.ts";
import { generateKey } from "#certs/issue/keys.ts";
import { DAY, type DemoPki, issueLeaf, issueSigner, makePki, type TrustFiles } from "#certs/issue/pki.ts";
import { makeSeal } from "#certs/issue/seal.ts";
import { sealedLicence } from "#certs/issue/sealed-licence.ts";
import { newMemory } from "#certs/memory.ts";
import { VALIDATION_POLICIES } from "#certs/policy.ts";
import { buildTrustSnapshot, type TrustSnapshot } from "#certs/trust/snapshot.ts";
import type { Circumstances } from "../finding.ts";
import { median } from "../print.ts";
import { verifyAndBuild } from "../scene/verified.ts";
import type { Curve } from "./curve.ts";

const COUNTS = { full: [10, 100, 1_000, 10_000], brief: [10, 100, 1_000] } as const;
/** Issuers whose documents are verified; they are among the first, so that every snapshot holds them. */
const ASKED = 10;
/** Documents of each. */
const DOCUMENTS = 12;
const ROUNDS = 3;
const BREATHE_EVERY = 50;
const YEAR = 365 * DAY;
const policy = VALIDATION_POLICIES["gb-t-38540"];

/** Milliseconds to verify one document, and to build the trust snapshot, by how many issuing authorities it holds, each with its certificate and CRL. */
export async function growIssuers({ length }: Circumstances): Promise<Curve> {
  const counts = COUNTS[length];
  const pki = makePki(Date.now());
  const issuers = await makeIssuers(pki, Math.max(...counts));
  const documents = issuers.slice(0, ASKED).map(({ sign }) => sign(DOCUMENTS + 1));
  const snapshots = counts.map((count) => ({
    count,
    material: materialOf(pki, issuers.slice(0, count)),
    costs: [] as Cost[],
  }));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { material, costs } of snapshots) {
      const cost = costOf(material, documents, pki.now);
      if (round > 0) costs.push(cost); // the first is to warm up
      await breathe();
    }
  }
  const points = (figure: keyof Cost): [number, number][] =>
    snapshots.map(({ count, costs }) => [count, median(costs.map((cost) => cost[figure]))]);
  return {
    title: "Issuers in the trust snapshot",
    size: "issuers",
    unit: "ms",
    series: [
      { name: "verifying one document, its issuer known", points: points("warm") },
      { name: "the first document of an issuer", points: points("cold") },
      { name: "building the snapshot", points: points("building") },
    ],
  };
}

/** Milliseconds: `cold` for the first document of an issuer, `warm` for the next ones. */
type Cost = { readonly building: number; readonly warm: number; readonly cold: number };

function costOf(material: TrustFiles, documents: readonly (readonly Uint8Array[])[], at: number): Cost {
  const start = performance.now();
  const trust = buildTrustSnapshot(material);
  const building = performance.now() - start;
  return { building, ...verifyAll(documents, { trust, at }) };
}

function verifyAll(
  documents: readonly (readonly Uint8Array[])[],
  { trust, at }: { readonly trust: TrustSnapshot; readonly at: number },
): Pick<Cost, "warm" | "cold"> {
  const memory = newMemory();
  const verify = (bytes: Uint8Array | undefined): number => {
    const start = performance.now();
    const report = verifyAndBuild(bytes ?? new Uint8Array(), { trust, policy, at, memory });
    if (report.verdict !== "PASSED") throw new Error(`a verdict is wrong: ${report.summary.en}`);
    return performance.now() - start;
  };
  const cold = documents.map(([first]) => verify(first));
  const warm = documents.flatMap(([, ...others]) => others.map(verify));
  return { cold: median(cold), warm: median(warm) };
}

/** A certification authority below the root. `sign`: so many distinct licences under a seal below it. */
type Issuer = {
  readonly certificate: Uint8Array;
  readonly crl: Uint8Array;
  readonly sign: (count: number) => readonly Uint8Array[];
};

async function makeIssuers(pki: DemoPki, count: number): Promise<readonly Issuer[]> {
  const issuers: Issuer[] = [];
  for (let number = 0; number < count; number++) {
    issuers.push(makeIssuer(pki, number));
    if (number % BREATHE_EVERY === 0) await breathe();
  }
  return issuers;
}

function makeIssuer(pki: DemoPki, number: number): Issuer {
  const { now, root } = pki;
  const issuing = issueCertificate({
    subject: [
      ["C", "CN"],
      ["O", `示例电子认证中心${number}`],
      ["CN", `示例签发证书${number}`],
    ],
    key: generateKey("SM2"),
    issuer: root,
    notBefore: now - 2 * YEAR,
    notAfter: now + 8 * YEAR,
    ca: { pathLength: 0 },
  });
  const times = { thisUpdate: now - DAY, nextUpdate: now + YEAR, number: 1 };
  return {
    certificate: issuing.certificate,
    crl: issueCrl({ issuer: issuing, ...times, revoked: [] }),
    sign(count) {
      const own = withIssuer(pki, issuing);
      return Array.from({ length: count }, (_, serial) => sealedLicence({ pki: own, serial: serial + 1 }));
    },
  };
}

/** The same PKI, but that Anhui's signer, and the maker of its seal, are certified by another. */
function withIssuer(pki: DemoPki, issuing: DemoPki["issuing"]): DemoPki {
  const { now, authorities } = pki;
  const place = { now, issuing };
  const signer = issueSigner(place, authorities.anhui);
  const maker = issueLeaf(place, {
    subject: [
      ["C", "CN"],
      ["O", "示例印章制作中心"],
      ["CN", "示例制章人"],
    ],
  });
  const seal = makeSeal({
    version: "V4",
    id: `${authorities.anhui.region}00000004`,
    name: authorities.anhui.sealName,
    maker,
    signers: { certificates: [signer.certificate] },
    validFrom: now - YEAR,
    validTo: now + 4 * YEAR,
  });
  const anhui = { ...authorities.anhui, signer, seals: { ...authorities.anhui.seals, V4: seal } };
  return { ...pki, authorities: { ...authorities, anhui } };
}

/** All certificates in one file and all CRLs in another: a directory may hold 10,000 files, not more. */
function materialOf({ trust }: DemoPki, issuers: readonly Issuer[]): TrustFiles {
  return [
    ...trust,
    {
      name: "issuers.pem",
      bytes: pemOf(
        "CERTIFICATE",
        issuers.map(({ certificate }) => certificate),
      ),
    },
    {
      name: "issuers.crl",
      bytes: pemOf(
        "X509 CRL",
        issuers.map(({ crl }) => crl),
      ),
    },
  ];
}

function pemOf(label: string, blocks: readonly Uint8Array[]): Buffer {
  const texts = blocks.map((bytes) => {
    const lines =
      Buffer.from(bytes)
        .toString("base64")
        .match(/.{1,64}/g) ?? [];
    return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
  });
  return Buffer.from(texts.join(""));
}
