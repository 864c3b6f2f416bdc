import { expect, it } from "vitest";
import { readDer } from "../../certs/bytes/der.ts";
import type { Question } from "../../certs/checks/evidence.ts";
import type { Issued } from "../../certs/issue/certificate.ts";
import { sequence } from "../../certs/issue/der.ts";
import type { Entries } from "../../certs/issue/ofd.ts";
import { DAY, type DemoPki, type TrustFiles, makePki } from "../../certs/issue/pki.ts";
import { type SealRequest, type SealingRequest, makeSeal } from "../../certs/issue/seal.ts";
import { type SealedLicenceRequest, licenceDocument, sealedEntries } from "../../certs/issue/sealed-licence.ts";
import { type SigningRequest, signDocument } from "../../certs/issue/signed-data.ts";
import { zipOf } from "../../certs/issue/zip.ts";
import { newMemory } from "../../certs/memory.ts";
import { type PolicyId, VALIDATION_POLICIES } from "../../certs/policy.ts";
import { Refusal } from "../../certs/refusal.ts";
import type { Report } from "../../certs/report.ts";
import { buildTrustSnapshot } from "../../certs/trust/snapshot.ts";
import { verifyDocument } from "../../certs/verify.ts";

export const NOW = Date.UTC(2026, 10, 21);
export const HOUR = 3_600_000;
/** When the scene's licences are signed, unless a test says otherwise. */
export const SIGNED = NOW - 99 * DAY;
export const SIGNATURE_XML = "Doc_0/Signs/Sign_0/Signature.xml";
export const SIGNED_VALUE = "Doc_0/Signs/Sign_0/SignedValue.dat";
export const SEAL_FILE = "Doc_0/Signs/Sign_0/Seal.esl";
export const SIGNATURES_XML = "Doc_0/Signs/Signatures.xml";
export const DOCUMENT_XML = "Doc_0/Document.xml";
export const PAGE_XML = "Doc_0/Pages/Page_0/Content.xml";

/** What is asked, where it is not the scene's own trust, the default policy and `NOW`. */
export type Asked = { readonly trust?: TrustFiles; readonly policy?: PolicyId; readonly at?: number };
export type Document = Entries | Uint8Array;
export type LicenceOptions = Omit<SealedLicenceRequest, "pki" | "sealing">;

/** A PKI with licences to spoil, and a verifier to ask about them. */
export class Scene {
  readonly pki: DemoPki = makePki(NOW);
  readonly #memory = newMemory();
  readonly #trust = buildTrustSnapshot(this.pki.trust);

  question({ trust, policy = "gb-t-38540", at = NOW }: Asked = {}): Question {
    const snapshot = trust === undefined ? this.#trust : buildTrustSnapshot(trust);
    return { trust: snapshot, policy: VALIDATION_POLICIES[policy], at, memory: this.#memory };
  }

  report(document: Document, asked: Asked = {}): Report {
    return verifyDocument(bytesOf(document), this.question(asked));
  }

  /**
   * One line: `PASSED` and the codes of its remarks; `REFUSED` and its code; else the verdict, the worst reason and, where
   * a signature is at fault, its ETSI sub-indication.
   */
  answer(document: Document, asked: Asked = {}): string {
    try {
      return lineOf(this.report(document, asked));
    } catch (error) {
      if (error instanceof Refusal) return `REFUSED ${error.code}`;
      throw error;
    }
  }

  /** One test for each row: what the document is, the answer, the document, and what is asked. */
  expectAnswers(rows: readonly Row[]): void {
    for (const [title, answer, document, asked] of rows)
      it(`${title} → ${answer}`, () => expect(this.answer(document(), asked)).toBe(answer));
  }

  /** The Anhui licence under the authority's own seal. */
  sealed(sealing: Partial<SealingRequest> = {}, licence: LicenceOptions = {}): Entries {
    return sealedEntries({ pki: this.pki, ...licence, sealing });
  }

  /** The same licence under a seal made for it alone; `sealing.signer` is whom the seal lists. */
  withSeal(change: Partial<SealRequest>, sealing: Partial<SealingRequest> = {}, licence: LicenceOptions = {}): Entries {
    const seal = this.seal(change, sealing.signer);
    return this.sealed({ seal, ...sealing }, licence);
  }

  /** The Anhui licence sealed by another certificate, which the seal lists. */
  signedBy(signer: Issued, sealing: Partial<SealingRequest> = {}): Entries {
    return this.withSeal({}, { signer, ...sealing });
  }

  seal(change: Partial<SealRequest> = {}, signer: Issued = this.pki.authorities.anhui.signer): Uint8Array {
    const authority = this.pki.authorities.anhui;
    return makeSeal({
      version: "V4",
      id: `${authority.region}00000009`,
      name: authority.sealName,
      maker: this.pki.maker,
      signers: { certificates: [signer.certificate] },
      validFrom: NOW - 365 * DAY,
      validTo: NOW + 4 * 365 * DAY,
      ...change,
    });
  }

  /** The Shache card with a digital signature of GB/T 35275 in place of a seal. */
  card(signing: Partial<SigningRequest> = {}): Entries {
    const document = licenceDocument({ pki: this.pki, authority: "shache" });
    return signDocument(document, { signers: [this.pki.authorities.shache.signer], signedAt: SIGNED, ...signing });
  }

  /** The scene's trust directory with files added, replaced by name, or taken out (null). */
  trust(files: Readonly<Record<string, Uint8Array | null>>): TrustFiles {
    const added = Object.entries(files).flatMap(([name, bytes]) => (bytes === null ? [] : [{ name, bytes }]));
    return [...this.pki.trust.filter(({ name }) => files[name] === undefined), ...added];
  }

  /** The scene's trust with a trust.json. */
  trustSettings(settings: unknown): TrustFiles {
    return this.trust({ "trust.json": Buffer.from(JSON.stringify(settings)) });
  }
}

export type Row = readonly [title: string, answer: string, document: () => Document, asked?: Asked];

export const bytesOf = (document: Document): Uint8Array =>
  document instanceof Uint8Array ? document : zipOf(document);

function lineOf(report: Report): string {
  if (report.verdict === "PASSED") return ["PASSED", ...new Set(report.remarks.map(({ code }) => code))].join(" ");
  const found = report.signatures.find(({ indication }) => indication !== "TOTAL-PASSED");
  return [report.verdict, worstReason(report), found?.subIndication ?? ""].join(" ").trimEnd();
}

/** The reason that the report's summary gives. */
export function worstReason(report: Report): string {
  const checks = [...report.checks, ...report.signatures.flatMap((signature) => signature.checks)];
  const telling =
    checks.find(({ outcome }) => outcome === "failed") ??
    checks.find(({ outcome, reason }) => outcome === "unsure" && reason !== "NOT_EVALUATED") ??
    checks.find(({ outcome }) => outcome === "unsure");
  return telling?.reason ?? "OK";
}

/** Entries added or replaced; null takes one out. */
export function put(entries: Entries, files: Readonly<Record<string, string | Uint8Array | null>>): Entries {
  const changed = new Map(entries);
  for (const [path, content] of Object.entries(files)) {
    if (content === null) changed.delete(path);
    else changed.set(path, typeof content === "string" ? Buffer.from(content) : content);
  }
  return changed;
}

export function entryOf(entries: Entries, path: string): Buffer {
  const bytes = entries.get(path);
  if (bytes === undefined) throw new Error(`no entry ${path}`);
  return Buffer.from(bytes);
}

/** SignedValue.dat with the members of its outermost SEQUENCE changed: of an SES_Signature TBS, certificate, algorithm, value, time-stamp. */
export function editValue(entries: Entries, edit: (members: readonly Uint8Array[]) => readonly Uint8Array[]): Entries {
  const members = readDer(entryOf(entries, SIGNED_VALUE))
    .children()
    .map(({ bytes }) => bytes);
  return put(entries, { [SIGNED_VALUE]: sequence(...edit(members)) });
}

/** `bytes` with the bits of `mask` turned over in the octet at `at`. */
export function flip(bytes: Uint8Array, at: number, mask = 1): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ mask;
  return changed;
}

/** The bytes with the first occurrence of `from` replaced by `to`, which must be as long. */
export function swap(bytes: Uint8Array, from: string | Uint8Array, to: string | Uint8Array): Buffer {
  const changed = Buffer.from(bytes);
  const [old, fresh] = [Buffer.from(from), Buffer.from(to)];
  const at = changed.indexOf(old);
  if (at < 0 || old.length !== fresh.length) throw new Error("nothing to swap");
  fresh.copy(changed, at);
  return changed;
}
