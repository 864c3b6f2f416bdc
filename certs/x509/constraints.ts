import type { Certificate } from "./certificate.ts";
import type { NameConstraints } from "./extensions.ts";
import type { GeneralName } from "./general-name.ts";
import type { Name } from "./name.ts";

/** Comparisons of one name with one subtree that a whole path may take. */
export const MAX_COMPARISONS = 100_000;

/** `unsure`: a constraint on a form of name that is not understood. `budget`: too many names and subtrees. */
export type ConstraintFault = { readonly kind: "violated" | "unsure" | "budget"; readonly detail: string };

const EMAIL_ATTRIBUTE = "1.2.840.113549.1.9.1";

/** A name to compare; `bytes` are not needed for those taken from the subject. */
type Subject =
  | { readonly form: "email" | "dns" | "uri"; readonly text: string }
  | { readonly form: "directory"; readonly name: Name }
  | { readonly form: "ip"; readonly octets: Uint8Array }
  | { readonly form: "other"; readonly tag: number };

/** Name constraints gathered on the way down a path (RFC 5280 6.1.1 b, c; 4.2.1.10). */
export class NameConstraintState {
  readonly #constraints: NameConstraints[] = [];
  #comparisons = 0;

  add(constraints: NameConstraints | null): void {
    if (constraints !== null) this.#constraints.push(constraints);
  }

  /** Every name of the certificate must be inside the permitted subtrees of its form, of each certificate above, and outside the excluded. */
  check(certificate: Certificate): ConstraintFault | null {
    if (this.#constraints.length === 0) return null;
    for (const name of namesOf(certificate)) {
      for (const constraints of this.#constraints) {
        const fault = this.#checkOne(name, constraints);
        if (fault !== null) return fault;
      }
    }
    return null;
  }

  #checkOne(name: Subject, { permitted, excluded }: NameConstraints): ConstraintFault | null {
    const same = (subtree: GeneralName): boolean =>
      subtree.form === name.form && (subtree.form !== "other" || (name.form === "other" && subtree.tag === name.tag));
    const allowed = permitted.filter(same);
    const barred = excluded.filter(same);
    this.#comparisons += permitted.length + excluded.length;
    if (this.#comparisons > MAX_COMPARISONS) return { kind: "budget", detail: "too many names under name constraints" };
    if (name.form === "other" && allowed.length + barred.length > 0)
      return { kind: "unsure", detail: `a name constraint on a form of name that is not understood (${name.tag})` };
    if (barred.some((subtree) => isInside(name, subtree, "touches")))
      return { kind: "violated", detail: `a name of form ${name.form} is in an excluded subtree` };
    if (allowed.length > 0 && !allowed.some((subtree) => isInside(name, subtree, "within")))
      return { kind: "violated", detail: `a name of form ${name.form} is in no permitted subtree` };
    return null;
  }
}

/** Subject, e-mail addresses in it (4.2.1.10), and subjectAltName. */
function namesOf({ subject, subjectAltName }: Certificate): readonly Subject[] {
  const emails = subject.attributes.flatMap(({ oid, text }): Subject[] =>
    oid === EMAIL_ATTRIBUTE && text !== null ? [{ form: "email", text }] : [],
  );
  return [
    ...(subject.empty ? [] : [{ form: "directory" as const, name: subject }]),
    ...emails,
    ...(subjectAltName ?? []),
  ];
}

/** `touches`: a name that stands for several, a wildcard, is inside as soon as one of them is. */
function isInside(name: Subject, subtree: GeneralName, how: "within" | "touches"): boolean {
  if (name.form === "directory" && subtree.form === "directory")
    return subtree.name.rdns.every((rdn, index) => rdn === name.name.rdns[index]);
  if (name.form === "ip" && subtree.form === "ip") return isInRange(name.octets, subtree.octets);
  if (name.form === "dns" && subtree.form === "dns") return isDnsInside(name.text, subtree.text, how);
  if (name.form === "email" && subtree.form === "email") return isEmailInside(name.text, subtree.text, how);
  if (name.form === "uri" && subtree.form === "uri") return isUriInside(name.text, subtree.text, how);
  return false;
}

function isInRange(address: Uint8Array, range: Uint8Array): boolean {
  const length = range.length / 2;
  return (
    address.length === length &&
    address.every((octet, i) => ((octet ^ (range[i] ?? 0)) & (range[i + length] ?? 0)) === 0)
  );
}

/** A constraint holds for the host itself and all below; one with a leading dot for those below only. */
function isDnsInside(name: string, constraint: string, how: "within" | "touches"): boolean {
  const host = hostOf(name);
  const base = constraint.toLowerCase().replace(/\.$/, "");
  if (base === "") return true;
  if (how === "touches" && host.startsWith("*.") && `.${base}`.endsWith(host.slice(1))) return true;
  return base.startsWith(".") ? host.endsWith(base) : host === base || host.endsWith(`.${base}`);
}

const hostOf = (text: string): string => text.toLowerCase().replace(/\.$/, "");

/** A mailbox, a host (that host only) or, with a leading dot, a domain. What is no mailbox is inside no permitted and every excluded one. */
function isEmailInside(name: string, constraint: string, how: "within" | "touches"): boolean {
  const [, local, domain] = /^([^@\s]+)@([^@\s]+)$/.exec(name) ?? [];
  if (local === undefined || domain === undefined) return how === "touches";
  const at = constraint.lastIndexOf("@");
  if (at > 0) return constraint.slice(0, at) === local && hostOf(constraint.slice(at + 1)) === hostOf(domain);
  return isHostInside(hostOf(domain), hostOf(constraint.slice(at + 1)));
}

/** The host of a URI; one without a host name (or with an address) is inside no permitted and every excluded subtree. */
function isUriInside(name: string, constraint: string, how: "within" | "touches"): boolean {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/?#]*@)?([^:/?#[\]]+)(?::\d*)?(?:[/?#]|$)/i.exec(name)?.[1];
  if (authority === undefined || /^[\d.]+$/.test(authority)) return how === "touches";
  return isHostInside(hostOf(authority), hostOf(constraint));
}

function isHostInside(host: string, constraint: string): boolean {
  if (constraint === "") return true;
  return constraint.startsWith(".")
    ? host.endsWith(constraint) && host.length > constraint.length
    : host === constraint;
}
