import { hash, X509Certificate } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import { SaxesParser } from "saxes";
import { type Der, readDer } from "#certs/bytes/der.ts";
import { readXml } from "#certs/bytes/xml.ts";
import { readZip } from "#certs/bytes/zip.ts";
import { issueCrl } from "#certs/issue/crl.ts";
import { DAY, makePki } from "#certs/issue/pki.ts";
import { sealedEntries } from "#certs/issue/sealed-licence.ts";
import { makeSignedData } from "#certs/issue/signed-data.ts";
import { zipOf } from "#certs/issue/zip.ts";
import { DEFAULT_LIMITS } from "#certs/limits.ts";
import { readOfd } from "#certs/ofd/package.ts";
import { readSeal, readSesSignature } from "#certs/seals/ses.ts";
import { readSignedData } from "#certs/seals/signed-data.ts";
import { readCertificate } from "#certs/x509/certificate.ts";
import { readCrl } from "#certs/x509/crl.ts";
import { cpuSeconds } from "../cpu-time.ts";
import { type Circumstances, type Finding, uninterrupted } from "../finding.ts";
import { median, print, printTable } from "../print.ts";

type Ratio =
  | "formats.der-to-sm3"
  | "formats.certificate-to-node"
  | "formats.zip-to-zlib"
  | "formats.xml-to-saxes"
  | "formats.v4-seal-to-der";

/** `bytes`: of what `read` reads. */
type Reading = { readonly name: Name; readonly bytes: number; readonly read: () => void };

const ROUNDS = { full: 7, brief: 3 } as const;
const MILLISECONDS = { full: 400, brief: 120 } as const;
const REVOKED = 1000;

/** How fast each format is read into what checks look at, one core; beside each what is natural to hold it against. */
export async function run({ length }: Circumstances): Promise<Finding<Ratio>> {
  const readings = readingsOf(Date.now());
  const rounds = new Map(readings.map((reading) => [reading, [] as number[]]));
  for (const { read } of readings) rateOf(read, MILLISECONDS[length]);
  for (let round = 0; round < ROUNDS[length]; round++)
    for (const [{ read }, rates] of rounds) rates.push(rateOf(read, MILLISECONDS[length]));
  const rates = new Map([...rounds].map(([{ name }, rates]) => [name, median(rates)]));
  print(
    `\none core, ${ROUNDS[length]} rounds of ${MILLISECONDS[length]} ms each by turns, medians; nothing remembered\n`,
  );
  printTable(
    ["", "bytes", "per second of CPU", "MB a second"],
    readings.map(({ name, bytes }) => {
      const perSecond = rates.get(name) ?? Number.NaN;
      return [NAMES[name], String(bytes), perSecond.toFixed(0), ((perSecond * bytes) / 1e6).toFixed(0)];
    }),
  );
  return report(rates, (ROUNDS[length] * MILLISECONDS[length]) / 1000);
}

/** For a second of CPU. */
function rateOf(read: () => void, milliseconds: number): number {
  let count = 0;
  const seconds = cpuSeconds(() => {
    const end = performance.now() + milliseconds;
    for (; performance.now() < end; count++) read();
  });
  return count / seconds;
}

function report(rates: ReadonlyMap<Name, number>, seconds: number): Finding<Ratio> {
  const against = (own: Name, other: Name): number => (rates.get(own) ?? Number.NaN) / (rates.get(other) ?? Number.NaN);
  return {
    measurements: [...rates].map(([subject, perSecond]) =>
      uninterrupted("formats", NAMES[subject].trim(), { answers: Math.round(perSecond * seconds), seconds, perSecond }),
    ),
    ratios: {
      "formats.der-to-sm3": { title: "walking DER, against SM3 over the same bytes", value: against("DER", "SM3") },
      "formats.certificate-to-node": {
        title: "reading a certificate, against node:crypto's reader",
        value: against("X.509", "node:crypto"),
      },
      "formats.zip-to-zlib": {
        title: "reading a zip whole, against inflating its entries alone",
        value: against("zip", "zlib"),
      },
      "formats.xml-to-saxes": {
        title: "reading XML into a tree, against saxes with no tree",
        value: against("XML", "saxes"),
      },
      "formats.v4-seal-to-der": {
        title: "reading a V4 seal signature, against walking its DER",
        value: against("V4", "DER"),
      },
    },
    charts: [],
  };
}

const NAMES = {
  DER: "DER: every element of a V4 seal signature",
  SM3: "  SM3 over the same bytes",
  V1: "seal signature, V1 (GM/T 0031-2014)",
  V4: "seal signature, V4 (GB/T 38540-2020)",
  V5: "seal signature, V5 (GM/T 0031-2025)",
  GB35275: "signature, GB/T 35275",
  "X.509": "certificate, X.509",
  "node:crypto": "  the same by node:crypto",
  CRL: `CRL with ${REVOKED} entries`,
  zip: "zip: a sealed licence, every entry read",
  zlib: "  the same entries inflated by zlib alone",
  XML: "XML: Signature.xml into a tree",
  saxes: "  the same by saxes, no tree",
  OFD: "OFD: package of a sealed licence",
} as const;
type Name = keyof typeof NAMES;

function readingsOf(now: number): readonly Reading[] {
  const pki = makePki(now);
  const { signer, seals } = pki.authorities.anhui;
  const signed = (version: keyof typeof seals): Buffer =>
    contentOf(sealedEntries({ pki, version }), "Doc_0/Signs/Sign_0/SignedValue.dat");
  const [v1, v4, v5] = [signed("V1"), signed("V4"), signed("V5")];
  const entries = sealedEntries({ pki });
  const file = zipOf(entries);
  const packed = packedEntries(file);
  const xml = contentOf(entries, "Doc_0/Signs/Sign_0/Signature.xml");
  const xmlText = xml.toString("utf8");
  const signedData = makeSignedData({
    signers: [signer],
    digest: Buffer.alloc(32, 7),
    form: "attributes",
    signedAt: now,
  });
  const crl = crlOf(pki, now);
  const each = (name: Name, bytes: number, read: () => unknown): Reading => ({ name, bytes, read });
  return [
    each("DER", v4.length, () => walk(readDer(v4))),
    each("SM3", v4.length, () => hash("sm3", v4, "buffer")),
    each("V1", v1.length, () => readSeal(readSesSignature(v1).seal)),
    each("V4", v4.length, () => readSeal(readSesSignature(v4).seal)),
    each("V5", v5.length, () => readSeal(readSesSignature(v5).seal)),
    each("GB35275", signedData.length, () => readSignedData(signedData)),
    each("X.509", signer.certificate.length, () => readCertificate(signer.certificate)),
    each("node:crypto", signer.certificate.length, () => new X509Certificate(signer.certificate).publicKey),
    each("CRL", crl.length, () => readCrl(crl)),
    each("zip", file.length, () => readWhole(file)),
    each("zlib", file.length, () => packed.forEach((part) => inflateRawSync(part))),
    each("XML", xml.length, () => readXml(xml, DEFAULT_LIMITS)),
    each("saxes", xml.length, () => new SaxesParser({ xmlns: true }).write(xmlText).close()),
    each("OFD", file.length, () => readOfd(file, DEFAULT_LIMITS)),
  ];
}

function contentOf(entries: ReadonlyMap<string, Uint8Array>, name: string): Buffer {
  const bytes = entries.get(name);
  if (bytes === undefined) throw new Error(`no entry ${name}`);
  return Buffer.from(bytes);
}

/** Elements in all. */
function walk(value: Der): number {
  let count = 1;
  if ((value.tag & CONSTRUCTED) !== 0) for (const child of value.children()) count += walk(child);
  return count;
}
const CONSTRUCTED = 0x20;

function readWhole(file: Uint8Array): void {
  const { entries, read } = readZip(file, DEFAULT_LIMITS);
  for (const name of entries.keys()) read(name);
}

/** What zlib gets to see of each entry. Of an archive that zipOf wrote, all deflated, without extra fields. */
function packedEntries(file: Buffer): readonly Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; file.readUInt32LE(at) === 0x04034b50;) {
    const [size, nameLength] = [file.readUInt32LE(at + 18), file.readUInt16LE(at + 26)];
    const start = at + 30 + nameLength;
    parts.push(file.subarray(start, start + size));
    at = start + size;
  }
  return parts;
}

function crlOf({ issuing }: ReturnType<typeof makePki>, now: number): Uint8Array {
  const revoked = Array.from({ length: REVOKED }, (_, index) => ({
    serial: BigInt(index + 1) << 64n,
    at: now - DAY,
    reason: 1,
  }));
  return issueCrl({ issuer: issuing, thisUpdate: now - DAY, nextUpdate: now + 30 * DAY, number: 1, revoked });
}
