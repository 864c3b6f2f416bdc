import { failed, passed, unsure, type Check } from "../reasons.ts";
import type { Anchor, TrustUse } from "../trust/snapshot.ts";
import type { Certificate } from "./certificate.ts";
import { NameConstraintState } from "./constraints.ts";
import { PolicyState } from "./policies.ts";

const DIGITAL_SIGNATURE = 0;
const NON_REPUDIATION = 1;
const KEY_CERT_SIGN = 5;

/**
 * RFC 5280 6.1 on one path (leaf first, anchor last) whose signatures have been verified. The anchor's own limits count too (RFC 5937): path
 * length, name constraints, policies. What concerns the leaf alone is `checkLeaf`.
 */
export function checkPathRules(path: readonly Certificate[], anchor: Anchor, at: number): Check {
  const below = path.slice(0, -1).toReversed();
  const state = new PathState(anchor.certificate);
  const checks = [checkAnchor(anchor, below.length > 0 ? "issues" : "alone", at)];
  for (const [index, certificate] of below.entries()) {
    const place = `certificate ${below.length - index} of ${path.length}`;
    const position = index === below.length - 1 ? "leaf" : "above";
    checks.push(state.take(certificate, position, place));
    if (position === "above")
      checks.push(
        checkIssuer(certificate, place),
        checkValidity(certificate, at, place),
        state.next(certificate, place),
      );
    else checks.push(state.wrapUp(certificate));
  }
  return worst(checks);
}

/** The first failed, else the first unsure. */
const worst = (checks: readonly Check[]): Check =>
  checks.find(({ outcome }) => outcome === "failed") ?? checks.find(({ outcome }) => outcome === "unsure") ?? passed();

function checkAnchor({ certificate, from, to }: Anchor, position: "issues" | "alone", at: number): Check {
  if ((from !== null && at < from) || (to !== null && at > to))
    return unsure("CHAIN_EXPIRED", "the anchor was not trusted at this time");
  return worst([
    position === "issues" ? checkIssuer(certificate, "the anchor") : passed(),
    checkValidity(certificate, at, "the anchor"),
  ]);
}

function checkValidity({ notBefore, notAfter }: Certificate, at: number, place: string): Check {
  const inside = notBefore <= at && at <= notAfter;
  return inside ? passed() : unsure("CHAIN_EXPIRED", `${place}: valid from ${iso(notBefore)} to ${iso(notAfter)}`);
}

/** 6.1.4 (k) and (n). */
function checkIssuer({ version, basicConstraints, keyUsage }: Certificate, place: string): Check {
  if (version !== 3) return failed("CHAIN_INVALID", `${place}: version ${version} cannot issue`);
  if (basicConstraints === null) return failed("CHAIN_INVALID", `${place}: no basicConstraints`);
  if (!basicConstraints.ca) return failed("CHAIN_INVALID", `${place}: not the certificate of an authority`);
  return keyUsage === null || keyUsage.has(KEY_CERT_SIGN)
    ? passed()
    : failed("CHAIN_INVALID", `${place}: keyUsage without keyCertSign`);
}

/** What is carried from one certificate of a path to the next. */
class PathState {
  #lengthLeft: number;
  readonly #constraints = new NameConstraintState();
  readonly #policies = new PolicyState();

  constructor(anchor: Certificate) {
    this.#lengthLeft = anchor.basicConstraints?.pathLength ?? Number.POSITIVE_INFINITY;
    this.#constraints.add(anchor.nameConstraints);
    this.#policies.tighten(anchor);
  }

  /** 6.1.3 (b) to (f), and critical extensions that are not processed. */
  take(certificate: Certificate, position: "leaf" | "above", place: string): Check {
    const exempt = certificate.selfIssued && position === "above";
    const fault = exempt ? null : this.#constraints.check(certificate);
    const [unknown] = certificate.unknownCritical;
    return worst([
      this.#policies.take(certificate, position)
        ? passed()
        : failed("CHAIN_INVALID", `${place}: no valid certificate policy`),
      fault === null ? passed() : CONSTRAINT_CHECK[fault.kind](`${place}: ${fault.detail}`),
      unknown === undefined ? passed() : unsure("CRITICAL_EXTENSION", `${place}: ${unknown}`),
    ]);
  }

  /** 6.1.4 (a), (b), (g) to (m). */
  next(certificate: Certificate, place: string): Check {
    if (!certificate.selfIssued && this.#lengthLeft <= 0)
      return failed("CHAIN_INVALID", `${place}: pathLenConstraint above it is exceeded`);
    if (!certificate.selfIssued) this.#lengthLeft--;
    this.#lengthLeft = Math.min(this.#lengthLeft, certificate.basicConstraints?.pathLength ?? Number.POSITIVE_INFINITY);
    this.#constraints.add(certificate.nameConstraints);
    return this.#policies.prepareNext(certificate)
      ? passed()
      : failed("CHAIN_INVALID", `${place}: anyPolicy is mapped`);
  }

  wrapUp(leaf: Certificate): Check {
    return this.#policies.wrapUp(leaf) ? passed() : failed("CHAIN_INVALID", "the leaf has no valid certificate policy");
  }
}

const CONSTRAINT_CHECK = {
  violated: (detail: string): Check => failed("CHAIN_INVALID", detail),
  unsure: (detail: string): Check => unsure("CRITICAL_EXTENSION", detail),
  budget: (detail: string): Check => unsure("PATH_BUDGET", detail),
};

const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
/** Purposes of machines: serverAuth, codeSigning, timeStamping, OCSPSigning. With these alone nobody signs a document. */
const MACHINE_PURPOSES: ReadonlySet<string> = new Set([
  "1.3.6.1.5.5.7.3.1",
  "1.3.6.1.5.5.7.3.3",
  TIME_STAMPING,
  "1.3.6.1.5.5.7.3.9",
]);

/** Rules for the certificate that signs, whoever issued it: key usage, purpose, validity at `at`. */
export function checkLeaf(leaf: Certificate, use: TrustUse, at: number): Check {
  const { keyUsage, notBefore, notAfter } = leaf;
  if (keyUsage !== null && !keyUsage.has(DIGITAL_SIGNATURE) && !keyUsage.has(NON_REPUDIATION))
    return failed("KEY_USAGE", "keyUsage has neither digitalSignature nor nonRepudiation");
  const purpose = purposeFault(leaf, use);
  if (purpose !== null) return failed("KEY_USAGE", purpose);
  if (at < notBefore) return failed("CERTIFICATE_NOT_YET_VALID", `valid from ${iso(notBefore)}`);
  return at > notAfter ? failed("CERTIFICATE_EXPIRED", `valid to ${iso(notAfter)}`) : passed();
}

/** RFC 3161 2.3 for time-stamping: the extension critical, with that purpose alone. */
function purposeFault({ extendedKeyUsage, extendedKeyUsageCritical }: Certificate, use: TrustUse): string | null {
  if (use === "time-stamp") {
    const only = extendedKeyUsage?.length === 1 && extendedKeyUsage[0] === TIME_STAMPING;
    return only && extendedKeyUsageCritical ? null : "extendedKeyUsage is not critical with timeStamping alone";
  }
  const machine = extendedKeyUsage?.every((purpose) => MACHINE_PURPOSES.has(purpose)) === true;
  return machine ? "extendedKeyUsage is for other purposes only" : null;
}

const iso = (time: number): string => new Date(time).toISOString();
