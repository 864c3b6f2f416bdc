import { DerError, TAG, type Der } from "../bytes/der.ts";
import { findCreditCode } from "../licence/credit-code.ts";
import { deceptiveCharacters } from "./deceptive-characters.ts";

export { deceptiveCharacters } from "./deceptive-characters.ts";

/** `text` is null for a value that is no string. */
export type NameAttribute = { readonly oid: string; readonly text: string | null };

/** A distinguished name (RFC 5280 4.1.2.4). */
export class Name {
  readonly bytes: Uint8Array;
  readonly attributes: readonly NameAttribute[];
  /** One canonical text for each RDN, from the root of the directory downwards. */
  readonly rdns: readonly string[];
  /** Canonical: two names are the same (RFC 5280 7.1) when their keys are. */
  readonly key: string;
  #text: string | null = null;
  #organisationCode: string | null | undefined;
  #deceptive: { readonly found: string | null } | null = null;

  constructor(bytes: Uint8Array, rdns: readonly (readonly Attribute[])[]) {
    this.bytes = bytes;
    this.attributes = rdns.flat().map(({ oid, text }) => ({ oid, text }));
    this.rdns = rdns.map(rdnKey);
    this.key = this.rdns.join(",");
  }

  get empty(): boolean {
    return this.rdns.length === 0;
  }

  /** For people: RFC 4514's order and escapes, doubly encoded UTF-8 repaired. Control characters stay as they are. */
  get text(): string {
    this.#text ??= this.attributes
      .map(({ oid, text }) => `${SHORT[oid] ?? oid}=${text === null ? "#" : escape(repairUtf8(text))}`)
      .toReversed()
      .join(",");
    return this.#text;
  }

  /** The original text of the last (most specific) attribute of this type. */
  attribute(oid: string): string | null {
    return this.attributes.findLast((attribute) => attribute.oid === oid)?.text ?? null;
  }

  /** O, repaired for display; a credit code glued in front of it stays. */
  get organisation(): string | null {
    const text = this.attribute(ORGANISATION);
    return text === null ? null : repairUtf8(text);
  }

  /**
   * The credit code (GB 32100) of O, else of the other attributes: alone or glued in front of a name. Null when there is none with right
   * check digits, and when two different ones stand side by side.
   */
  get organisationCode(): string | null {
    if (this.#organisationCode === undefined) {
      const own = creditCodes(this.attributes.filter(({ oid }) => oid === ORGANISATION));
      const codes = own.size > 0 ? own : creditCodes(this.attributes);
      const [code = null] = codes;
      this.#organisationCode = codes.size === 1 ? code : null;
    }
    return this.#organisationCode;
  }

  /** The first look-alike or invisible character in a value, told by its attribute and code point; else null. */
  get deceptive(): string | null {
    this.#deceptive ??= { found: this.#findDeceptive() };
    return this.#deceptive.found;
  }

  #findDeceptive(): string | null {
    for (const { oid, text } of this.attributes) {
      const found = text === null ? null : deceptiveCharacters(repairUtf8(text));
      if (found !== null) return `${SHORT[oid] ?? oid}: ${found}`;
    }
    return null;
  }
}

type Attribute = NameAttribute & { readonly canonical: string };

const creditCodes = (attributes: readonly NameAttribute[]): ReadonlySet<string> =>
  new Set(attributes.flatMap(({ text }) => findCreditCode(text ?? "") ?? []));

const ORGANISATION = "2.5.4.10";
const SHORT: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.5": "serialNumber",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.9": "STREET",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "2.5.4.97": "organizationIdentifier",
  "1.2.840.113549.1.9.1": "emailAddress",
  "0.9.2342.19200300.100.1.1": "UID",
  "0.9.2342.19200300.100.1.25": "DC",
};

/** Throws DerError; a SET with two equal members is hostile. */
export function readName(value: Der): Name {
  return new Name(value.bytes, value.sequence("Name").map(readRdn));
}

function readRdn(rdn: Der): readonly Attribute[] {
  const members = rdn.expect(TAG.set, "RelativeDistinguishedName").children();
  if (members.length === 0) throw new DerError("VALUE", "RelativeDistinguishedName: empty");
  const seen = new Set(members.map((member) => Buffer.from(member.bytes).toString("latin1")));
  if (seen.size !== members.length) throw new DerError("DUPLICATE", "RelativeDistinguishedName: two equal members");
  return members.map(readAttribute);
}

const STRINGS: ReadonlySet<number> = new Set([
  TAG.utf8String,
  TAG.printableString,
  TAG.ia5String,
  TAG.numericString,
  TAG.visibleString,
  TAG.bmpString,
  TAG.teletexString,
]);

function readAttribute(member: Der): Attribute {
  const [type, value, ...rest] = member.sequence("AttributeTypeAndValue");
  if (type === undefined || value === undefined || rest.length > 0)
    throw new DerError("VALUE", "AttributeTypeAndValue");
  const oid = type.oid("attribute type");
  if (!STRINGS.has(value.tag)) return { oid, text: null, canonical: `#${Buffer.from(value.bytes).toString("hex")}` };
  const text = value.text("attribute value");
  return { oid, text, canonical: canonical(text) };
}

/** Length first, so that no value can pose as a longer name. */
const rdnKey = (attributes: readonly Attribute[]): string =>
  attributes
    .map(({ oid, canonical }) => `${oid}=${canonical.length}:${canonical}`)
    .toSorted()
    .join("+");

/** RFC 4518 as far as RFC 5280 7.1 needs it, for all string types: NFKC, ignorable characters dropped, case folded, spaces as one. */
export function canonical(text: string): string {
  return text
    .normalize("NFKC")
    .replaceAll(/[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu, "")
    .replaceAll(/\s+/gu, " ")
    .replaceAll(/\p{Cc}/gu, "")
    .toLowerCase()
    .trim();
}

const latin1 = /^[\u0000-\u00ff]*[\u0080-\u00ff][\u0000-\u00ff]*$/;
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Text whose UTF-8 octets were taken for Latin-1 and encoded once more, as real subjects hold it. For display only. */
export function repairUtf8(text: string): string {
  if (!latin1.test(text)) return text;
  try {
    return strictUtf8.decode(Buffer.from(text, "latin1"));
  } catch (error) {
    if (error instanceof TypeError) return text;
    throw error;
  }
}

const escape = (text: string): string => text.replaceAll(/[,+"\\<>;]|^[ #]| $/g, String.raw`\$&`);
