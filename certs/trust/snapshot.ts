import { createHash } from "node:crypto";
import { DerError } from "../bytes/der.ts";
import { verifySignature } from "../crypto/algorithms.ts";
import { CertificateError, readCertificate, type Certificate } from "../x509/certificate.ts";
import { readCrl, type Crl } from "../x509/crl.ts";
import { TrustError } from "./trust-error.ts";
import { ALL_USES, readTrustSettings, type AnchorSettings, type TrustSettings, type TrustUse } from "./settings.ts";
import { readBlocks } from "./pem.ts";

export { TrustError } from "./trust-error.ts";
export type { TrustUse } from "./settings.ts";

/** `regions` and `licenceTypes` null: all. `from` and `to` in milliseconds, both belong to the time of trust; null: open. */
export type Anchor = {
  readonly certificate: Certificate;
  readonly uses: ReadonlySet<TrustUse>;
  readonly regions: readonly string[] | null;
  readonly licenceTypes: readonly string[] | null;
  readonly from: number | null;
  readonly to: number | null;
};

/** The files of a trust directory: plain names and bytes, which can be sent to a worker. */
export type TrustMaterial = readonly { readonly name: string; readonly bytes: Uint8Array }[];

/** Everything that trust rests on, in memory and unchanging. */
export type TrustSnapshot = {
  /** `sha256:` and hex, over names and bytes in the order of names. */
  readonly digest: string;
  readonly anchors: readonly Anchor[];
  readonly intermediates: readonly Certificate[];
  readonly crls: readonly Crl[];
  readonly revokedSeals: TrustSettings["revokedSeals"];
  readonly material: TrustMaterial;
};

export const MAX_FILES = 10_000;
export const MAX_FILE_BYTES = 256 * 1024 * 1024;

/**
 * `*.cer`, `*.crt`, `*.pem`: certificates, of which a self-signed one is an anchor and another an intermediate; `*.crl`; `trust.json` narrows
 * what an anchor is trusted for. Pure. Throws TrustError, which names the file.
 */
export function buildTrustSnapshot(material: TrustMaterial): TrustSnapshot {
  if (material.length > MAX_FILES)
    throw new TrustError("the trust material", `${material.length} files, more than ${MAX_FILES}`);
  const files = material.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const twin = files.find(({ name }, index) => name === files[index + 1]?.name);
  if (twin !== undefined) throw new TrustError(twin.name, "two files of one name");
  const foreign = files.find(({ name }) => !isTrustFile(name));
  if (foreign !== undefined) throw new TrustError(foreign.name, "neither certificate nor CRL nor trust.json");
  const settings = readTrustSettings(files.find(({ name }) => name === "trust.json")?.bytes ?? null);
  const certificates = distinctCertificates(files.filter(({ name }) => CERTIFICATE_FILE.test(name)));
  const anchors = certificates.filter(({ certificate, file }) => attempt(file, () => isSelfSigned(certificate)));
  return {
    digest: digestOf(files),
    anchors: narrow(anchors, settings.anchors),
    intermediates: certificates.filter((found) => !anchors.includes(found)).map(({ certificate }) => certificate),
    crls: files
      .filter(({ name }) => CRL_FILE.test(name))
      .flatMap(({ name, bytes }) => attempt(name, () => readBlocks(bytes, "X509 CRL").map(readCrl))),
    revokedSeals: settings.revokedSeals,
    material,
  };
}

/** Trusts nothing. */
export const emptyTrust = (): TrustSnapshot => buildTrustSnapshot([]);

const CERTIFICATE_FILE = /\.(?:cer|crt|pem)$/i;
const CRL_FILE = /\.crl$/i;
export const isTrustFile = (name: string): boolean =>
  name === "trust.json" || CERTIFICATE_FILE.test(name) || CRL_FILE.test(name);

type Found = { readonly certificate: Certificate; readonly file: string };

/** One certificate in several files counts under the first of them. */
function distinctCertificates(files: TrustMaterial): readonly Found[] {
  const found = new Map<string, Found>();
  for (const { name, bytes } of files) {
    for (const certificate of attempt(name, () => readBlocks(bytes, "CERTIFICATE").map(readCertificate)))
      if (!found.has(certificate.sha256)) found.set(certificate.sha256, { certificate, file: name });
  }
  return [...found.values()];
}

/** A self-issued certificate of another key is an intermediate (key rollover); one by an algorithm of the past is no quiet intermediate. */
function isSelfSigned({ selfIssued, publicKey, signatureAlgorithm, tbs, signature, notBefore }: Certificate): boolean {
  if (!selfIssued) return false;
  const check = verifySignature({
    algorithm: signatureAlgorithm,
    key: publicKey,
    message: tbs,
    signature,
    at: notBefore,
  });
  if (check.outcome === "failed" && check.code === "ALGORITHM_FORBIDDEN")
    throw new CertificateError(check.detail, "ALGORITHM_FORBIDDEN");
  return check.outcome === "passed";
}

function narrow(found: readonly Found[], settings: ReadonlyMap<string, AnchorSettings>): readonly Anchor[] {
  const used = new Set<string>();
  const anchors = found.map(({ certificate, file }) => {
    const names = [file, certificate.sha256].filter((name) => settings.has(name));
    if (names.length > 1) throw new TrustError("trust.json", `${file} is narrowed by name and by digest`);
    for (const name of names) used.add(name);
    return { certificate, ...UNNARROWED, ...settings.get(names[0] ?? "") };
  });
  const unknown = [...settings.keys()].find((name) => !used.has(name));
  if (unknown !== undefined) throw new TrustError("trust.json", `no anchor is ${JSON.stringify(unknown)}`);
  return anchors;
}

const UNNARROWED: AnchorSettings = { uses: ALL_USES, regions: null, licenceTypes: null, from: null, to: null };

/** Readers' faults get the file's name. */
function attempt<Value>(file: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof DerError || error instanceof CertificateError)
      throw new TrustError(file, error.message, error);
    throw error;
  }
}

/** Lengths go in too, so that no two sets of files run together to the same bytes. */
function digestOf(files: TrustMaterial): string {
  const whole = createHash("sha256");
  for (const { name, bytes } of files) {
    const octets = Buffer.from(name, "utf8");
    whole.update(`${octets.length} ${bytes.length} `).update(octets).update(bytes);
  }
  return `sha256:${whole.digest("hex")}`;
}
