import type { SignatureMemory } from "../crypto/memory.ts";
import type { TrustSnapshot } from "../trust/snapshot.ts";
import type { Certificate } from "./certificate.ts";
import type { CrlEntry } from "./crl-entries.ts";
import type { Crl } from "./crl.ts";

type Question = { readonly now: number; readonly trust: TrustSnapshot; readonly memory: SignatureMemory };

/** `known`: a complete and current CRL speaks for the certificate; else `missing` says why none does. `entries`: what is said against it. */
export type Status = {
  readonly known: boolean;
  readonly missing: string;
  readonly entries: readonly CrlEntry[];
  /** No complete CRL of the certificate's lifetime is there. */
  readonly afterEnd: boolean;
};

/**
 * Looks a certificate up in the CRLs of its issuer (RFC 5280 6.3.3). Of CRLs that replace each other the newest counts, of partitions each. CRLs
 * that ended, delta CRLs and those for some reasons only can speak against a certificate, never for it. A certificate that ended may leave the list
 * (RFC 5280 3.3), so the newest of its lifetime is heard as well.
 */
export function findStatus(certificate: Certificate, issuer: Certificate, question: Question): Status {
  const faults: string[] = [];
  const sound: Crl[] = [];
  for (const crl of crlsOf(question.trust, certificate.issuer.key)) {
    const fault = crlFault(crl, certificate, issuer, question);
    if (fault === null) sound.push(crl);
    else faults.push(fault);
  }
  const all = sound.filter(isComplete);
  const complete = newestOfEachScope(all);
  const current = complete.filter((crl) => staleness(crl, question.now) === null);
  const lifetime = newestOfEachScope(all.filter(({ thisUpdate }) => thisUpdate <= certificate.notAfter));
  const heard = [...new Set([...(current.length > 0 ? current : complete), ...lifetime])];
  const partial = sound.filter((crl) => !isComplete(crl) && (crl.baseNumber === null || hasBase(crl, heard)));
  const found = [...heard, ...partial].map((crl) => lookUp(crl, certificate));
  const stale = complete.flatMap((crl) => staleness(crl, question.now) ?? []);
  return {
    known: current.length > 0 && !found.includes(null),
    missing: found.includes(null)
      ? UNATTRIBUTED
      : (stale[0] ?? (sound.length > 0 ? "no complete CRL" : (faults.at(-1) ?? "no CRL of its issuer"))),
    entries: found.flatMap((entries) => entries ?? []),
    afterEnd: lifetime.length === 0,
  };
}

const UNATTRIBUTED = "an entry of an indirect CRL does not say whose certificate it means";

const indexes = new WeakMap<TrustSnapshot, ReadonlyMap<string, readonly Crl[]>>();

function crlsOf(trust: TrustSnapshot, issuerKey: string): readonly Crl[] {
  const known = indexes.get(trust) ?? Map.groupBy(trust.crls, (crl) => crl.issuer.key);
  indexes.set(trust, known);
  return known.get(issuerKey) ?? [];
}

const isComplete = (crl: Crl): boolean => crl.baseNumber === null && crl.scope?.someReasons !== true;

/** RFC 5280 5.2.4: the base's number lies between BaseCRLNumber and the delta's own. */
function hasBase(delta: Crl, complete: readonly Crl[]): boolean {
  const { baseNumber, number, scopeKey } = delta;
  return complete.some(
    (base) =>
      base.scopeKey === scopeKey &&
      base.number !== null &&
      number !== null &&
      baseNumber !== null &&
      baseNumber <= base.number &&
      base.number < number,
  );
}

/** All of the latest thisUpdate, should there be several. */
function newestOfEachScope(crls: readonly Crl[]): readonly Crl[] {
  return [...Map.groupBy(crls, ({ scopeKey }) => scopeKey).values()].flatMap((group) => {
    const latest = Math.max(...group.map(({ thisUpdate }) => thisUpdate));
    return group.filter(({ thisUpdate }) => thisUpdate === latest);
  });
}

/** Null: an indirect CRL has the serial number, and does not say of which issuer (5.3.3). */
function lookUp(crl: Crl, certificate: Certificate): readonly CrlEntry[] | null {
  const entries = crl.entries.find(certificate.serial);
  if (crl.scope?.indirect !== true) return entries;
  if (entries.some(({ issuers }) => issuers === null)) return null;
  return entries.filter(({ issuers }) => issuers?.has(certificate.issuer.key) === true);
}

/** Why a CRL of the right name says nothing about the certificate, cheap questions first; null when it does. */
function crlFault(crl: Crl, certificate: Certificate, issuer: Certificate, question: Question): string | null {
  if (crl.thisUpdate > question.now) return `the CRL is of a later time, ${iso(crl.thisUpdate)}`;
  return crl.unusable ?? scopeFault(crl, certificate) ?? signerFault(crl, issuer, question);
}

/** Why a CRL is not current; null when it is. */
function staleness({ nextUpdate }: Crl, now: number): string | null {
  if (nextUpdate === null) return "the CRL does not say until when it is current";
  return nextUpdate > now ? null : `the CRL ended ${age(now - nextUpdate)} ago, on ${iso(nextUpdate)}`;
}

const DAY = 86_400_000;
const age = (span: number): string =>
  span < DAY ? `${Math.ceil(span / 3_600_000)} hours` : `${Math.floor(span / DAY)} days`;
const iso = (time: number): string => new Date(time).toISOString();

/** 6.3.3 (b) (2). */
function scopeFault({ scope }: Crl, certificate: Certificate): string | null {
  if (scope === null) return null;
  const isCa = certificate.basicConstraints?.ca === true;
  if (scope.only === "attribute" || scope.only === (isCa ? "user" : "ca"))
    return `the CRL is for ${scope.only} certificates only`;
  if (scope.names.length === 0 && scope.relative === null) return null;
  const points = (certificate.crlDistributionPoints ?? []).filter(({ partial }) => !partial);
  const names = points.flatMap((point) => point.names.map(({ bytes }) => bytes));
  const relatives = points.flatMap(({ relative }) => relative ?? []);
  const meets =
    scope.names.some(({ bytes }) => names.some((name) => Buffer.compare(name, bytes) === 0)) ||
    relatives.some((relative) => scope.relative !== null && Buffer.compare(relative, scope.relative) === 0);
  return meets ? null : "the CRL is of a partition that does not hold the certificate";
}

const CRL_SIGN = 6;
const maySignCrls = ({ keyUsage }: Certificate): boolean => keyUsage === null || keyUsage.has(CRL_SIGN);

/**
 * The CRL must be signed by the very key that signed the certificate, or by a key that this key certified under the same name for CRLs: another
 * authority of the same name is no issuer of it (hostile-cases 83).
 */
function signerFault(crl: Crl, issuer: Certificate, question: Question): string | null {
  const { now, memory } = question;
  const signed = ({ publicKey }: Certificate): boolean => memory.verifySigned(crl, publicKey, now).outcome === "passed";
  if (maySignCrls(issuer) && signed(issuer)) return null;
  if (delegatesOf(issuer, question).some(signed)) return null;
  return maySignCrls(issuer) ? "the CRL is not signed by the certificate's issuer" : "the issuer may not sign CRLs";
}

const delegatesOf = (issuer: Certificate, { now, trust, memory }: Question): readonly Certificate[] =>
  trust.intermediates.filter(
    (candidate) =>
      candidate.selfIssued &&
      candidate.subject.key === issuer.subject.key &&
      candidate.keyUsage?.has(CRL_SIGN) === true &&
      candidate.unknownCritical.length === 0 &&
      candidate.notBefore <= now &&
      now <= candidate.notAfter &&
      memory.verifySigned(candidate, issuer.publicKey, now).outcome === "passed",
  );
