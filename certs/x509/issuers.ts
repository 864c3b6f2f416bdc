import type { Anchor, TrustSnapshot } from "../trust/snapshot.ts";
import type { Certificate } from "./certificate.ts";

/** `anchor` null: an intermediate. `origin` "bag": it came with the document. `keyId`: what the key identifiers of child and candidate say. */
export type Candidate = {
  readonly certificate: Certificate;
  readonly anchor: Anchor | null;
  readonly origin: "trust" | "bag";
  readonly keyId: "same" | "different" | "unknown";
};

type Known = Omit<Candidate, "keyId">;
type TrustIndex = {
  readonly bySubject: ReadonlyMap<string, readonly Known[]>;
  readonly anchors: ReadonlyMap<string, Anchor>;
};

/** A snapshot never changes, so its index is made once and goes with it. */
const indexes = new WeakMap<TrustSnapshot, TrustIndex>();

function indexOf(trust: TrustSnapshot): TrustIndex {
  const known = indexes.get(trust);
  if (known !== undefined) return known;
  const anchors = trust.anchors.map((anchor): Known => ({ certificate: anchor.certificate, anchor, origin: "trust" }));
  const intermediates = trust.intermediates.map((certificate): Known => ({
    certificate,
    anchor: null,
    origin: "trust",
  }));
  const index = {
    bySubject: Map.groupBy([...anchors, ...intermediates], ({ certificate }) => certificate.subject.key),
    anchors: new Map(trust.anchors.map((anchor) => [anchor.certificate.sha256, anchor])),
  };
  indexes.set(trust, index);
  return index;
}

/** Who may have issued a certificate, by name. */
export class Issuers {
  readonly #trust: TrustIndex;
  readonly #bag: ReadonlyMap<string, readonly Certificate[]>;

  constructor(trust: TrustSnapshot, bag: readonly Certificate[]) {
    this.#trust = indexOf(trust);
    this.#bag = Map.groupBy(bag, ({ subject }) => subject.key);
  }

  anchorOf(certificate: Certificate): Anchor | null {
    return this.#trust.anchors.get(certificate.sha256) ?? null;
  }

  /** Anchors first, then intermediates of the snapshot, then the bag; in each those whose key identifier fits come first. */
  of(child: Certificate): readonly Candidate[] {
    const trusted = this.#trust.bySubject.get(child.issuer.key) ?? [];
    const brought = (this.#bag.get(child.issuer.key) ?? []).filter(
      ({ sha256 }) => !trusted.some(({ certificate }) => certificate.sha256 === sha256),
    );
    const candidates = [
      ...trusted.map((known) => candidateFor(child, known)),
      ...brought.map((certificate) => candidateFor(child, { certificate, anchor: null, origin: "bag" })),
    ];
    return candidates.toSorted((a, b) => rank(a) - rank(b));
  }
}

const candidateFor = (child: Certificate, { certificate, anchor, origin }: Known): Candidate => ({
  certificate,
  anchor,
  origin,
  keyId: compareKeyIds(child, certificate),
});

function compareKeyIds(
  { authorityKeyIdentifier }: Certificate,
  { subjectKeyIdentifier }: Certificate,
): Candidate["keyId"] {
  if (authorityKeyIdentifier === null || subjectKeyIdentifier === null) return "unknown";
  return authorityKeyIdentifier === subjectKeyIdentifier ? "same" : "different";
}

const rank = ({ anchor, origin, keyId }: Candidate): number =>
  (origin === "bag" ? 4 : anchor === null ? 2 : 0) + (keyId === "different" ? 1 : 0);
