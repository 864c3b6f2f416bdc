import { SourceError } from "../source-error.ts";

/** A number as it was written, so that nothing is rounded. */
export type JsonNumber = { readonly digits: string };
/** A JSON value of an answer. Objects are maps: no name means anything to this process. */
export type Json = null | boolean | string | JsonNumber | readonly Json[] | ReadonlyMap<string, Json>;

const DEEPEST = 32;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const BLANK = /[ \t\n\r]*/y;
const WORDS: readonly (readonly [string, null | boolean])[] = [
  ["null", null],
  ["true", true],
  ["false", false],
];

/**
 * Reads one JSON text in UTF-8 (RFC 8259), a byte order mark before it or not. Refused, as SourceError SOURCE_MALFORMED with
 * nothing of the text in it: a name twice in one object, half a surrogate pair, more than 32 levels.
 */
export function parseJson(body: Uint8Array): Json {
  return new Reader(decode(body)).whole();
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw new SourceError("SOURCE_MALFORMED", "the answer is not in UTF-8");
  }
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Json {
    const value = this.#value(0);
    this.#skipBlank();
    if (this.#at < this.#text.length) this.#fail("more than one value");
    return value;
  }

  #value(depth: number): Json {
    this.#skipBlank();
    const first = this.#text[this.#at];
    if (first === '"') return this.#string();
    if (first === "{" || first === "[") {
      if (depth === DEEPEST) this.#fail("too many levels");
      return first === "{" ? this.#object(depth + 1) : this.#array(depth + 1);
    }
    const word = WORDS.find(([written]) => this.#text.startsWith(written, this.#at));
    if (word === undefined) return this.#number();
    this.#at += word[0].length;
    return word[1];
  }

  #object(depth: number): ReadonlyMap<string, Json> {
    const members = new Map<string, Json>();
    this.#list("}", () => {
      if (this.#text[this.#at] !== '"') this.#fail("no name");
      const name = this.#string();
      if (members.has(name)) this.#fail("a name twice");
      this.#skipBlank();
      if (!this.#take(":")) this.#fail("no colon");
      members.set(name, this.#value(depth));
    });
    return members;
  }

  #array(depth: number): readonly Json[] {
    const values: Json[] = [];
    this.#list("]", () => values.push(this.#value(depth)));
    return values;
  }

  /** From the opening bracket to beyond the closing one. */
  #list(closing: string, readEntry: () => void): void {
    this.#at += 1;
    this.#skipBlank();
    if (this.#take(closing)) return;
    do {
      this.#skipBlank();
      readEntry();
      this.#skipBlank();
    } while (this.#take(","));
    if (!this.#take(closing)) this.#fail("no comma");
  }

  #string(): string {
    const start = this.#at;
    let end = start + 1;
    let escaped = false;
    for (let code = this.#text.charCodeAt(end); code !== 0x22; code = this.#text.charCodeAt(end)) {
      // Beyond the end it is NaN.
      if (!(code >= 0x20)) this.#fail("a text without its end, or a control character");
      if (code === 0x5c) escaped = true;
      end += code === 0x5c ? 2 : 1;
    }
    this.#at = end + 1;
    const text = escaped ? this.#unescaped(start) : this.#text.slice(start + 1, end);
    if (!text.isWellFormed()) this.#fail("half a surrogate pair");
    return text;
  }

  #unescaped(start: number): string {
    try {
      return String(JSON.parse(this.#text.slice(start, this.#at)));
    } catch {
      return this.#fail("an unknown escape");
    }
  }

  #number(): JsonNumber {
    NUMBER.lastIndex = this.#at;
    const digits = NUMBER.exec(this.#text)?.[0] ?? this.#fail("no value");
    this.#at += digits.length;
    return { digits };
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #skipBlank(): void {
    BLANK.lastIndex = this.#at;
    this.#at += BLANK.exec(this.#text)?.[0].length ?? 0;
  }

  #fail(why: string): never {
    throw new SourceError("SOURCE_MALFORMED", `the answer is no JSON: ${why} at character ${this.#at}`);
  }
}
