import { isUtf8 } from "node:buffer";
import { Fault } from "#gateway/fault.ts";

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** Levels of objects and arrays: more than any request of ours has, few enough for a parser that calls itself. */
export const MAX_DEPTH = 32;

/** A name that reaches an object's prototype in code that copies members carelessly. */
const isForbidden = (name: string): boolean => name === "__proto__" || name === "constructor" || name === "prototype";

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** What a string may not hold as it stands, or only with care: escapes and control characters. */
const UNPLAIN = /[\\\u0000-\u001f]/;
const LITERALS = ["true", "false", "null"] as const;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const CLOSE_OBJECT = 0x7d;

/**
 * JSON (RFC 8259, I-JSON of RFC 7493) in which nothing can be read in two ways: UTF-8 without byte order mark, no member twice,
 * no lone surrogates, no numbers that would be rounded, and bounded depth. Throws Fault INVALID_REQUEST with the place.
 */
export function parseStrictJson(bytes: Buffer): JsonValue {
  if (!isUtf8(bytes)) throw new Fault("INVALID_REQUEST", "body: not UTF-8");
  const text = bytes.toString("utf8");
  new Inspector(text).inspectWhole();
  return JSON.parse(text);
}

/** Goes over it from left to right, once, and makes nothing of it: that the engine's own parser does faster. `#path` names the place that is looked at. */
class Inspector {
  readonly #text: string;
  /** Whether no string in it can hold anything of that. */
  readonly #isPlain: boolean;
  readonly #path: (string | number)[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#isPlain = !UNPLAIN.test(text);
  }

  inspectWhole(): void {
    if (this.#text.length === 0) throw this.#refuse("is empty");
    if (this.#text.charCodeAt(0) === 0xfeff) throw this.#refuse("a byte order mark");
    this.#skipSpace();
    this.#passValue();
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#refuse("more after its end");
  }

  #passValue(): void {
    switch (this.#text[this.#at]) {
      case "{":
        return this.#passObject();
      case "[":
        return this.#passArray();
      case '"':
        return this.#passString();
      case "t":
      case "f":
      case "n":
        return this.#passLiteral();
      default:
        return this.#passNumber();
    }
  }

  #passObject(): void {
    const names = new Names();
    this.#enter();
    if (this.#comesNext(CLOSE_OBJECT)) return;
    for (;;) {
      const name = this.#readName(names);
      this.#path.push(name);
      this.#expect(COLON, "no colon");
      this.#passValue();
      this.#path.pop();
      if (this.#comesNext(CLOSE_OBJECT)) return;
      this.#expect(COMMA, "neither comma nor end of the object");
    }
  }

  #readName(before: Names): string {
    if (this.#text.charCodeAt(this.#at) !== QUOTE) throw this.#refuse("no member name");
    const name = this.#readString();
    if (isForbidden(name)) throw this.#refuse("a member name that is not allowed");
    if (!before.add(name)) throw this.#refuse(isPlainName(name) ? `member '${name}' twice` : "a member twice");
    return name;
  }

  #passArray(): void {
    this.#enter();
    if (this.#comesNext(CLOSE_ARRAY)) return;
    for (let element = 0; ; element += 1) {
      this.#path.push(element);
      this.#passValue();
      this.#path.pop();
      if (this.#comesNext(CLOSE_ARRAY)) return;
      this.#expect(COMMA, "neither comma nor end of the array");
    }
  }

  /** Over the opening bracket. The path is as long as the level is deep. */
  #enter(): void {
    if (this.#path.length >= MAX_DEPTH) throw this.#refuse(`deeper than ${MAX_DEPTH} levels`);
    this.#at += 1;
    this.#skipSpace();
  }

  #passString(): void {
    const start = this.#at + 1;
    const end = this.#closing(start);
    if (this.#isPlain || !UNPLAIN.test(this.#text.slice(start, end))) this.#at = end + 1;
    else this.#readEscaped(end, start);
  }

  #readString(): string {
    const start = this.#at + 1;
    const end = this.#closing(start);
    const plain = this.#text.slice(start, end);
    if (!this.#isPlain && UNPLAIN.test(plain)) return this.#readEscaped(end, start);
    this.#at = end + 1;
    return plain;
  }

  /** The next quotation mark. */
  #closing(from: number): number {
    const end = this.#text.indexOf('"', from);
    if (end < 0) throw this.#refuse("a text without end");
    return end;
  }

  /** `first`: the first quotation mark behind `start`. The escapes of a text are read by the engine's own parser. */
  #readEscaped(first: number, start: number): string {
    let end = first;
    while (isEscaped(this.#text, end, start)) end = this.#closing(end + 1);
    const text = this.#parseLiteral(this.#text.slice(this.#at, end + 1));
    if (!text.isWellFormed()) throw this.#refuse("half of a surrogate pair");
    this.#at = end + 1;
    return text;
  }

  #parseLiteral(literal: string): string {
    try {
      return String(JSON.parse(literal));
    } catch (cause) {
      throw this.#refuse("a text with a control character or an unknown escape", cause);
    }
  }

  #passNumber(): void {
    NUMBER.lastIndex = this.#at;
    const literal = NUMBER.exec(this.#text)?.[0];
    if (literal === undefined) throw this.#refuse(this.#at < this.#text.length ? "no value" : "ends too early");
    if (!isExact(literal, Number(literal))) throw this.#refuse("a number that would be rounded");
    this.#at += literal.length;
  }

  #passLiteral(): void {
    const found = LITERALS.find((word) => this.#text.startsWith(word, this.#at));
    if (found === undefined) throw this.#refuse("no value");
    this.#at += found.length;
  }

  /** Passes over it, and over the space behind it, if it is there. */
  #comesNext(character: number): boolean {
    this.#skipSpace();
    if (this.#text.charCodeAt(this.#at) !== character) return false;
    this.#at += 1;
    return true;
  }

  #expect(character: number, otherwise: string): void {
    if (!this.#comesNext(character)) throw this.#refuse(this.#at < this.#text.length ? otherwise : "ends too early");
    this.#skipSpace();
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at += 1;
    }
  }

  /** Of what the caller sent, only plain member names are repeated. */
  #refuse(what: string, cause?: unknown): Fault {
    const place = ["body", ...this.#path.map((step) => (typeof step === "number" ? step : pathStep(step)))].join("/");
    return new Fault("INVALID_REQUEST", `${place}: ${what}`, { cause });
  }
}

/** Of one object. Few are compared one by one: a set enters every text into the engine's own table of texts, which costs more. */
class Names {
  readonly #few: string[] = [];
  #many: Set<string> | null = null;

  /** False when it is there already. */
  add(name: string): boolean {
    if (this.#many !== null) return this.#many.size < this.#many.add(name).size;
    if (this.#few.includes(name)) return false;
    if (this.#few.push(name) === MOST_COMPARED) this.#many = new Set(this.#few);
    return true;
  }
}

const MOST_COMPARED = 16;

const isPlainName = (name: string): boolean => /^[A-Za-z_][\w-]{0,39}$/.test(name);
/** A step of a place in a request, as it may be repeated to the caller. */
export const pathStep = (name: string): string => (isPlainName(name) ? name : "?");

/** Whether an odd count of backslashes stands before `at`. */
function isEscaped(text: string, at: number, start: number): boolean {
  let first = at;
  while (first > start && text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
  return (at - first) % 2 === 1;
}

/** No number that fits needs more characters; comparing longer ones could be made to cost. */
const LONGEST_NUMBER = 400;

/** Whether the number that JavaScript makes of it says just what the literal says. Up to 15 digits always do (IEEE 754). */
function isExact(literal: string, value: number): boolean {
  if (literal.length <= 15 && !/[eE]/.test(literal)) return true;
  if (literal.length > LONGEST_NUMBER) return false;
  return Number.isFinite(value) && canonical(literal) === canonical(String(value));
}

/** Digits without leading and trailing zeros, and the power of ten behind them. */
function canonical(literal: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
