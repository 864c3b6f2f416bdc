import { failed, unsure, type Check, type Failed } from "../reasons.ts";
import type { Anchor } from "../trust/snapshot.ts";
import type { Certificate } from "./certificate.ts";
import type { Candidate, Issuers } from "./issuers.ts";
import { checkPathRules } from "./path-rules.ts";
import type { PathQuestion, PathResult } from "./path.ts";

/** Certificates in one path, leaf and anchor included. */
export const MAX_DEPTH = 8;
/** Signatures that one search may ask about, known ones too: so the result is the same whatever is remembered. */
export const MAX_SIGNATURES = 64;

/** Depth first, bounded. A path that passes ends the search; else the most telling outcome remains. */
export function searchPath(leaf: Certificate, issuers: Issuers, question: PathQuestion): PathResult {
  const search = new PathSearch(issuers, question);
  search.from(leaf);
  return search.result();
}

class PathSearch {
  readonly #issuers: Issuers;
  readonly #question: PathQuestion;
  #left = MAX_SIGNATURES;
  /** Which bound kept a part of the graph unseen. */
  #bound: string | null = null;
  #otherUse = false;
  /** The best path to an anchor so far: passed before unsure before failed. */
  #best: PathResult | null = null;
  /** Why an issuer of the right name cannot have issued. */
  #refuted: Failed | null = null;
  #missing: string | null = null;

  constructor(issuers: Issuers, question: PathQuestion) {
    this.#issuers = issuers;
    this.#question = question;
  }

  from(leaf: Certificate): void {
    const anchor = this.#issuers.anchorOf(leaf);
    if (anchor === null) this.#extend([leaf]);
    else this.#arrive([leaf], anchor);
  }

  /** True when the search is over. */
  #extend(path: readonly Certificate[]): boolean {
    const child = path.at(-1);
    if (child === undefined) return false;
    if (path.length >= MAX_DEPTH) {
      this.#bound ??= `a path of more than ${MAX_DEPTH} certificates`;
      return false;
    }
    const candidates = this.#issuers
      .of(child)
      .filter(({ certificate }) => !path.some((earlier) => sameAuthority(earlier, certificate)));
    if (candidates.length === 0) this.#missing ??= child.authorityKeyIdentifier ?? "unknown";
    return candidates.some((candidate) => this.#try(path, child, candidate));
  }

  #try(path: readonly Certificate[], child: Certificate, candidate: Candidate): boolean {
    if (this.#left-- <= 0) {
      this.#bound = `more than ${MAX_SIGNATURES} signatures to verify`;
      return true;
    }
    const { certificate } = candidate;
    const signed = this.#question.memory.verifySigned(child, certificate.publicKey, this.#question.at);
    if (signed.outcome === "failed") {
      this.#refuted ??= refutation(signed, candidate);
      return false;
    }
    const longer = [...path, certificate];
    return candidate.anchor === null ? this.#extend(longer) : this.#arrive(longer, candidate.anchor);
  }

  #arrive(path: readonly Certificate[], anchor: Anchor): boolean {
    if (!anchor.uses.has(this.#question.use)) {
      this.#otherUse = true;
      return false;
    }
    const check = checkPathRules(path, anchor, this.#question.at);
    if (this.#best === null || ORDER[check.outcome] < ORDER[this.#best.check.outcome])
      this.#best = { check, path, anchor };
    return check.outcome === "passed";
  }

  result(): PathResult {
    const best = this.#best;
    if (best !== null && best.check.outcome !== "failed") return best;
    if (this.#bound !== null) return none(unsure("PATH_BUDGET", this.#bound));
    if (best !== null) return best;
    if (this.#refuted !== null) return none(this.#refuted);
    if (this.#otherUse) return none(unsure("NO_TRUST", `the anchor is not trusted for ${this.#question.use}`));
    return none(unsure("NO_TRUST", `no trusted issuer with key identifier ${this.#missing ?? "unknown"}`));
  }
}

const ORDER = { passed: 0, unsure: 1, failed: 2 } as const;
const none = (check: Check): PathResult => ({ check, path: [], anchor: null });

/** A path does not come back to an authority: one name with one key, under whatever certificate. */
const sameAuthority = (a: Certificate, b: Certificate): boolean =>
  a.sha256 === b.sha256 || (a.subject.key === b.subject.key && a.publicKey.id === b.publicKey.id);

/**
 * An issuer of the right name and key identifier that did not sign is proof of forgery; so is a trusted one where there are no identifiers to tell
 * keys apart. A different identifier says that another key of that name is meant, which may be missing here.
 */
function refutation(signed: Failed, { origin, keyId }: Candidate): Failed | null {
  const meant = keyId === "same" || (keyId === "unknown" && origin === "trust");
  if (signed.code === "SIGNATURE_INVALID")
    return meant ? failed("CHAIN_FORGED", "the issuer that is named did not sign the certificate") : null;
  const forbidden = signed.code === "ALGORITHM_FORBIDDEN" ? meant : keyId === "same";
  return forbidden ? failed(signed.code, `a certificate's signature: ${signed.detail}`) : null;
}
