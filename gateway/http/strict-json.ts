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

/** Names that reach an object's prototype in code that copies members carelessly. */
const FORBIDDEN: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** What a string may not hold as it stands, or only with care: escapes and control characters. */
const UNPLAIN = /[\\\u0000-\u001f]/;
const LITERALS = [
  ["true", true],
  ["false", false],
  ["null", null],
] as const;

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
  return new Reader(bytes.toString("utf8")).readWhole();
}

/** Reads from left to right, once. `#path` names the place that is being read. */
class Reader {
  readonly #text: string;
  /** Whether no string in it can hold anything of that. */
  readonly #isPlain: boolean;
  readonly #path: (string | number)[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#isPlain = !UNPLAIN.test(text);
  }

  readWhole(): JsonValue {
    if (this.#text.length === 0) throw this.#refuse("is empty");
    if (this.#text.charCodeAt(0) === 0xfeff) throw this.#refuse("a byte order mark");
    this.#skipSpace();
    const value = this.#readValue();
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#refuse("more after its end");
    return value;
  }

  #readValue(): JsonValue {
    switch (this.#text[this.#at]) {
      case "{":
        return this.#readObject();
      case "[":
        return this.#readArray();
      case '"':
        return this.#readString();
      case "t":
      case "f":
      case "n":
        return this.#readLiteral();
      default:
        return this.#readNumber();
    }
  }

  #readObject(): JsonValue {
    const members: Record<string, JsonValue> = {};
    this.#enter();
    if (this.#comesNext(CLOSE_OBJECT)) return members;
    for (;;) {
      const name = this.#readName(members);
      this.#path.push(name);
      this.#expect(COLON, "no colon");
      members[name] = this.#readValue();
      this.#path.pop();
      if (this.#comesNext(CLOSE_OBJECT)) return members;
      this.#expect(COMMA, "neither comma nor end of the object");
    }
  }

  #readName(before: Readonly<Record<string, JsonValue>>): string {
    if (this.#text.charCodeAt(this.#at) !== QUOTE) throw this.#refuse("no member name");
    const name = this.#readString();
    if (FORBIDDEN.has(name)) throw this.#refuse("a member name that is not allowed");
    if (Object.hasOwn(before, name))
      throw this.#refuse(isPlainName(name) ? `member '${name}' twice` : "a member twice");
    return name;
  }

  #readArray(): JsonValue {
    const elements: JsonValue[] = [];
    this.#enter();
    if (this.#comesNext(CLOSE_ARRAY)) return elements;
    for (;;) {
      this.#path.push(elements.length);
      elements.push(this.#readValue());
      this.#path.pop();
      if (this.#comesNext(CLOSE_ARRAY)) return elements;
      this.#expect(COMMA, "neither comma nor end of the array");
    }
  }

  /** Over the opening bracket. The path is as long as the level is deep. */
  #enter(): void {
    if (this.#path.length >= MAX_DEPTH) throw this.#refuse(`deeper than ${MAX_DEPTH} levels`);
    this.#at += 1;
    this.#skipSpace();
  }

  #readString(): string {
    const start = this.#at + 1;
    let end = this.#text.indexOf('"', start);
    if (end < 0) throw this.#refuse("a text without end");
    const plain = this.#text.slice(start, end);
    if (this.#isPlain || !UNPLAIN.test(plain)) {
      this.#at = end + 1;
      return plain;
    }
    while (isEscaped(this.#text, end, start)) {
      end = this.#text.indexOf('"', end + 1);
      if (end < 0) throw this.#refuse("a text without end");
    }
    return this.#unescape(end + 1);
  }

  /** `end` is behind the closing quotation mark. The escapes of a text are read by the engine's own parser. */
  #unescape(end: number): string {
    const text = this.#parseLiteral(this.#text.slice(this.#at, end));
    if (!text.isWellFormed()) throw this.#refuse("half of a surrogate pair");
    this.#at = end;
    return text;
  }

  #parseLiteral(literal: string): string {
    try {
      return String(JSON.parse(literal));
    } catch (cause) {
      throw this.#refuse("a text with a control character or an unknown escape", cause);
    }
  }

  #readNumber(): number {
    NUMBER.lastIndex = this.#at;
    const literal = NUMBER.exec(this.#text)?.[0];
    if (literal === undefined) throw this.#refuse(this.#at < this.#text.length ? "no value" : "ends too early");
    const value = Number(literal);
    if (!isExact(literal, value)) throw this.#refuse("a number that would be rounded");
    this.#at += literal.length;
    return value;
  }

  #readLiteral(): boolean | null {
    const found = LITERALS.find(([word]) => this.#text.startsWith(word, this.#at));
    if (found === undefined) throw this.#refuse("no value");
    this.#at += found[0].length;
    return found[1];
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
