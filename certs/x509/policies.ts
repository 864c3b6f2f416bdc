import type { Certificate } from "./certificate.ts";

const ANY_POLICY = "2.5.29.32.0";

/**
 * Certificate policies down a path (RFC 5280 6.1.2 to 6.1.5, on the graph of RFC 9618), for the initial set {any-policy} and no initial demand.
 * Then only one thing can go wrong: a policy is required and none is left. So it is enough to keep which policies the next certificate may name;
 * the work is linear in the sizes of the certificates.
 */
export class PolicyState {
  /** Expected policies of the graph's lowest nodes; `any` when the node anyPolicy is among them. */
  #expected: ReadonlySet<string> = new Set();
  #any = true;
  #explicit = Number.POSITIVE_INFINITY;
  #mapping = Number.POSITIVE_INFINITY;
  #inhibitAny = Number.POSITIVE_INFINITY;
  /** Policies of the certificate just taken, before mapping. */
  #nodes: ReadonlySet<string> = new Set();

  /** 6.1.3 (d) to (f). False: a policy is required, and none is valid. */
  take(certificate: Certificate, position: "leaf" | "above"): boolean {
    const named = new Set(certificate.policies);
    const anyAllowed = this.#inhibitAny > 0 || (position === "above" && certificate.selfIssued);
    const any = named.delete(ANY_POLICY) && anyAllowed;
    const nodes = new Set([...named].filter((policy) => this.#any || this.#expected.has(policy)));
    if (any) for (const policy of this.#expected) nodes.add(policy);
    this.#nodes = nodes;
    this.#any &&= any;
    return this.#holds();
  }

  #holds(): boolean {
    return this.#explicit > 0 || this.#any || this.#nodes.size > 0;
  }

  /** 6.1.4 (a), (b), (h) to (j), for a certificate with one below. False: anyPolicy is mapped. */
  prepareNext(certificate: Certificate): boolean {
    const { policyMappings: mappings } = certificate;
    if (mappings.some(({ issuer, subject }) => issuer === ANY_POLICY || subject === ANY_POLICY)) return false;
    const mapped = new Set(mappings.map(({ issuer }) => issuer));
    const expected = new Set([...this.#nodes].filter((policy) => !mapped.has(policy)));
    if (this.#mapping > 0)
      for (const { issuer, subject } of mappings) if (this.#any || this.#nodes.has(issuer)) expected.add(subject);
    this.#expected = expected;
    if (!certificate.selfIssued) this.#countDown();
    this.tighten(certificate);
    return true;
  }

  #countDown(): void {
    this.#explicit = Math.max(0, this.#explicit - 1);
    this.#mapping = Math.max(0, this.#mapping - 1);
    this.#inhibitAny = Math.max(0, this.#inhibitAny - 1);
  }

  /** 6.1.4 (i), (j). */
  tighten({ policyConstraints, inhibitAnyPolicy }: Certificate): void {
    this.#explicit = Math.min(this.#explicit, policyConstraints?.explicit ?? Number.POSITIVE_INFINITY);
    this.#mapping = Math.min(this.#mapping, policyConstraints?.mapping ?? Number.POSITIVE_INFINITY);
    this.#inhibitAny = Math.min(this.#inhibitAny, inhibitAnyPolicy ?? Number.POSITIVE_INFINITY);
  }

  /** 6.1.5 (a), (b), (g), after the leaf was taken. */
  wrapUp(leaf: Certificate): boolean {
    this.#explicit = Math.max(0, this.#explicit - 1);
    if (leaf.policyConstraints?.explicit === 0) this.#explicit = 0;
    return this.#holds();
  }
}
