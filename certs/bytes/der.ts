import { DEFAULT_LIMITS } from "../limits.ts";

/** Why bytes are not DER. The first four are forms that only an attacker or a broken tool writes: input is refused for them. */
export type DerFault =
  | "TOO_DEEP"
  | "TOO_MANY"
  | "INDEFINITE"
  | "DUPLICATE"
  | "TRUNCATED"
  | "LENGTH"
  | "TAG"
  | "VALUE"
  | "TRAILING";

const HOSTILE: ReadonlySet<DerFault> = new Set(["TOO_DEEP", "TOO_MANY", "INDEFINITE", "DUPLICATE"]);

export class DerError extends Error {
  override readonly name = "DerError";
  readonly fault: DerFault;

  constructor(fault: DerFault, message: string) {
    super(message);
    this.fault = fault;
  }

  /** True for encodings that no honest writer produces (hostile-cases 73, 78). */
  get hostile(): boolean {
    return HOSTILE.has(this.fault);
  }
}

/** Identifier octets used here. Context tags: `context(n)` primitive, `constructed(n)` constructed. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;
export const context = (n: number): number => 0x80 | n;
export const constructed = (n: number): number => 0xa0 | n;

/** Beyond the lists of any certificate, seal or signature. CRLs alone are longer. */
const MOST_CHILDREN = 10_000;
/** The largest RSA modulus has 2048 octets. */
const MOST_INTEGER_OCTETS = 4096;

/** One DER value: a view on the input, nothing is copied. `start` is the identifier octet, `head` the first content octet. */
export class Der {
  readonly source: Uint8Array;
  readonly tag: number;
  readonly start: number;
  readonly head: number;
  readonly end: number;

  constructor(source: Uint8Array, tag: number, start: number, head: number, end: number) {
    this.source = source;
    this.tag = tag;
    this.start = start;
    this.head = head;
    this.end = end;
  }

  /** The whole value, identifier and length included, as it stands in the input. */
  get bytes(): Uint8Array {
    return this.source.subarray(this.start, this.end);
  }

  get content(): Uint8Array {
    return this.source.subarray(this.head, this.end);
  }

  is(tag: number): boolean {
    return this.tag === tag;
  }

  expect(tag: number, what: string): this {
    if (this.tag !== tag)
      throw new DerError("TAG", `${what}: tag 0x${this.tag.toString(16)} in place of 0x${tag.toString(16)}`);
    return this;
  }

  /** The values inside a constructed one. `most` bounds their number: each costs far more memory than the two octets that may write it. */
  children(most: number = MOST_CHILDREN): Der[] {
    if ((this.tag & 0x20) === 0) throw new DerError("TAG", "children of a primitive value");
    const found: Der[] = [];
    let at = this.head;
    while (at < this.end) {
      if (found.length === most) throw new DerError("TOO_MANY", `more than ${most} values in one`);
      const next = readHeader(this.source, at, this.end);
      found.push(next);
      at = next.end;
    }
    return found;
  }

  /** The values inside a SEQUENCE, bounded as in `children`. */
  sequence(what: string, most?: number): Der[] {
    return this.expect(TAG.sequence, what).children(most);
  }

  /** The single value inside an explicit tag. */
  only(what: string): Der {
    const inside = this.children();
    const first = inside[0];
    if (first === undefined || inside.length !== 1)
      throw new DerError("VALUE", `${what}: one value expected, ${inside.length} found`);
    return first;
  }

  /** A whole INTEGER; `what` names it in the error. Minimal two's complement (X.690 8.3.2). */
  integer(what: string): bigint {
    const content = this.integerBytes(what);
    if (content.length > MOST_INTEGER_OCTETS)
      throw new DerError("VALUE", `${what}: INTEGER of ${content.length} octets`);
    const hex = Buffer.from(content).toString("hex");
    const value = BigInt(`0x${hex}`);
    return (this.source[this.head] ?? 0) >= 0x80 ? value - (1n << BigInt(hex.length * 4)) : value;
  }

  /** A small non-negative INTEGER. */
  number(what: string): number {
    const value = this.integer(what);
    if (value < 0n || value > 0x7fffffffn) throw new DerError("VALUE", `${what}: out of range`);
    return Number(value);
  }

  /** The content octets of an INTEGER or ENUMERATED after the minimality check. */
  integerBytes(what: string): Uint8Array {
    if (this.tag !== TAG.enumerated) this.expect(TAG.integer, what);
    const content = this.content;
    const [first, second] = content;
    if (first === undefined) throw new DerError("VALUE", `${what}: empty INTEGER`);
    if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)))
      throw new DerError("VALUE", `${what}: INTEGER is not minimal`);
    return content;
  }

  boolean(what: string): boolean {
    this.expect(TAG.boolean, what);
    const value = this.source[this.head];
    if (this.end - this.head !== 1 || (value !== 0 && value !== 0xff))
      throw new DerError("VALUE", `${what}: not a DER BOOLEAN`);
    return value === 0xff;
  }

  /** The octets of a BIT STRING that is a whole number of octets (no unused bits). */
  bitOctets(what: string): Uint8Array {
    this.expect(TAG.bitString, what);
    if (this.end === this.head || this.source[this.head] !== 0)
      throw new DerError("VALUE", `${what}: BIT STRING with unused bits`);
    return this.source.subarray(this.head + 1, this.end);
  }

  /** A BIT STRING of named bits (X.680 22.7) as a set of bit numbers. Trailing zero bits are not DER (X.690 11.2.2). */
  namedBits(what: string): ReadonlySet<number> {
    this.expect(TAG.bitString, what);
    const unused = this.source[this.head];
    const last = this.source[this.end - 1];
    const octets = this.end - this.head - 1;
    if (unused === undefined || unused > 7 || (octets === 0 && unused !== 0))
      throw new DerError("VALUE", `${what}: BIT STRING`);
    if (octets > 0 && last !== undefined && (last & ((1 << unused) - 1)) !== 0)
      throw new DerError("VALUE", `${what}: unused bits are not zero`);
    const bits = new Set<number>();
    for (let bit = 0; bit < octets * 8 - unused; bit++)
      if (((this.source[this.head + 1 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0) bits.add(bit);
    return bits;
  }

  /** OBJECT IDENTIFIER as dotted text. Arcs of any size keep their value: none is cut to 32 or 53 bits (CVE-2025-66030). */
  oid(what: string): string {
    this.expect(TAG.oid, what);
    return readOid(this.content, what);
  }

  /** UTF8String, PrintableString, IA5String, NumericString, VisibleString, BMPString or TeletexString as text. */
  text(what: string): string {
    return readText(this, what);
  }
}

/**
 * Reads one DER value that fills `bytes` exactly; lengths definite and minimal, tags of one octet, the whole tree of
 * constructed values walked once. Source: X.690 (2021) 8.1, 10.1. Throws DerError.
 */
export function readDer(bytes: Uint8Array, maxDepth: number = DEFAULT_LIMITS.maxDerDepth): Der {
  const root = readHeader(bytes, 0, bytes.length);
  if (root.end !== bytes.length) throw new DerError("TRAILING", `${bytes.length - root.end} bytes after the value`);
  walk(bytes, root, maxDepth);
  return root;
}

function walk(bytes: Uint8Array, parent: Der, depth: number): void {
  if ((parent.tag & 0x20) === 0) return;
  if (depth === 0) throw new DerError("TOO_DEEP", "nested too deep");
  let at = parent.head;
  while (at < parent.end) {
    const child = readHeader(bytes, at, parent.end);
    walk(bytes, child, depth - 1);
    at = child.end;
  }
}

function readHeader(bytes: Uint8Array, start: number, limit: number): Der {
  const tag = bytes[start];
  const first = bytes[start + 1];
  if (tag === undefined || first === undefined || start + 2 > limit)
    throw new DerError("TRUNCATED", "value is cut short");
  if ((tag & 0x1f) === 0x1f || tag === 0) throw new DerError("TAG", "tag of more than one octet, or zero");
  if (((tag & 0xdf) === TAG.sequence - 0x20 || (tag & 0xdf) === TAG.set - 0x20) && (tag & 0x20) === 0)
    throw new DerError("TAG", "primitive SEQUENCE or SET");
  if ((tag & 0xc0) === 0 && (tag & 0x20) !== 0 && tag !== TAG.sequence && tag !== TAG.set)
    throw new DerError("TAG", "constructed form of a primitive type");
  let length = first;
  let head = start + 2;
  if (first === 0x80) throw new DerError("INDEFINITE", "indefinite length");
  if (first > 0x80) {
    const octets = first - 0x80;
    if (octets > 4) throw new DerError("LENGTH", "length of more than four octets");
    length = 0;
    for (let i = 0; i < octets; i++) length = length * 256 + (bytes[head + i] ?? 0);
    head += octets;
    if (length < 0x80 || length < 2 ** (8 * (octets - 1))) throw new DerError("LENGTH", "length is not minimal");
  }
  if (head + length > limit) throw new DerError("TRUNCATED", "value goes past its container");
  return new Der(bytes, tag, start, head, head + length);
}

/** Decodes the content octets of an OBJECT IDENTIFIER. */
export function readOid(content: Uint8Array, what: string): string {
  if (content.length === 0 || content.length > 128) throw new DerError("VALUE", `${what}: OBJECT IDENTIFIER length`);
  const arcs: string[] = [];
  let small = 0;
  let large = 0n;
  let started = false;
  for (const octet of content) {
    if (!started && octet === 0x80) throw new DerError("VALUE", `${what}: arc is not minimal`);
    const wide = small >= 2 ** 40;
    large = wide ? (large === 0n ? BigInt(small) : large) * 128n + BigInt(octet & 0x7f) : 0n;
    small = wide ? small : small * 128 + (octet & 0x7f);
    started = true;
    if (octet >= 0x80) continue;
    if (arcs.length === 0 && !wide) {
      const root = Math.min(2, Math.floor(small / 40));
      arcs.push(String(root), String(small - root * 40));
    } else if (arcs.length === 0) arcs.push("2", String(large - 80n));
    else arcs.push(wide ? String(large) : String(small));
    small = 0;
    large = 0n;
    started = false;
  }
  if (started) throw new DerError("VALUE", `${what}: arc is cut short`);
  return arcs.join(".");
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const utf16 = new TextDecoder("utf-16be", { fatal: true, ignoreBOM: true });

function readText(value: Der, what: string): string {
  try {
    switch (value.tag) {
      case TAG.utf8String:
        return utf8.decode(value.content);
      case TAG.bmpString:
        return utf16.decode(value.content);
      case TAG.printableString:
      case TAG.ia5String:
      case TAG.numericString:
      case TAG.visibleString:
        if (value.content.some((octet) => octet > 0x7f)) throw new DerError("VALUE", `${what}: not ASCII`);
        return Buffer.from(value.content).toString("latin1");
      case TAG.teletexString:
        return Buffer.from(value.content).toString("latin1");
      default:
        throw new DerError("TAG", `${what}: tag 0x${value.tag.toString(16)} is no string`);
    }
  } catch (error) {
    if (error instanceof DerError) throw error;
    throw new DerError("VALUE", `${what}: not valid text`);
  }
}

/** UTCTime or GeneralizedTime in the form of RFC 5280 (4.1.2.5): seconds present, zone Z. Milliseconds since 1970. */
export function readTime(value: Der, what: string): number {
  const text = Buffer.from(value.content).toString("latin1");
  let match: RegExpExecArray | null = null;
  let year = 0;
  if (value.is(TAG.utcTime)) {
    match = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text);
    year = Number(match?.[1]) < 50 ? 2000 + Number(match?.[1]) : 1900 + Number(match?.[1]);
  } else {
    value.expect(TAG.generalizedTime, what);
    match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text);
    year = Number(match?.[1]);
  }
  if (match === null) throw new DerError("VALUE", `${what}: not a time of the form of RFC 5280`);
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(2).map(Number);
  const time = Date.UTC(year, month - 1, day, hour, minute, second);
  const read = new Date(time);
  if (read.getUTCMonth() !== month - 1 || read.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59)
    throw new DerError("VALUE", `${what}: no such date`);
  return time;
}
