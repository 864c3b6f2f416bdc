/** Characters of XML 1.0 (fifth edition, 2.2 and 2.3) as UTF-16 units; halves of surrogate pairs come in pairs only, out of valid UTF-8. */
export const UNIT = {
  tab: 0x09,
  lineFeed: 0x0a,
  carriageReturn: 0x0d,
  space: 0x20,
  exclamation: 0x21,
  doubleQuote: 0x22,
  ampersand: 0x26,
  quote: 0x27,
  solidus: 0x2f,
  colon: 0x3a,
  less: 0x3c,
  equals: 0x3d,
  greater: 0x3e,
  question: 0x3f,
  bracket: 0x5d,
} as const;

const NAME_START = 1;
const NAME = 2;
/** What character data may run over without a second look: all of ASCII but controls, `<`, `&` and `>`. */
const PLAIN = 4;
const CLASSES = Uint8Array.from({ length: 0x80 }, (_, unit) => {
  const character = String.fromCharCode(unit);
  const start = /[:A-Za-z_]/.test(character) ? NAME_START | NAME : 0;
  const name = /[-.0-9]/.test(character) ? NAME : 0;
  return start | name | (/[^\0-\u0020<&>]/.test(character) ? PLAIN : 0);
});

/** The parts of NameStartChar and NameChar (productions 4 and 4a) past ASCII. */
const WIDE_START =
  /^[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u{200c}-\u{200d}\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\u{10000}-\u{effff}]/u;
const WIDE_NAME = /^(?:[\u00b7\u203f\u2040]|[\u{300}-\u{36f}])/u;
/** Characters past ASCII that continue a name but may not begin one, at the beginning of what follows a prefix; marks count among them. */
const NO_NAME_START = /^(?:[\u00b7\u203f\u2040]|\p{M})/u;

export const isSpace = (unit: number): boolean =>
  unit === UNIT.space || unit === UNIT.lineFeed || unit === UNIT.tab || unit === UNIT.carriageReturn;

/** Whether a unit of character data needs no second look: it is neither markup nor white space nor a control. */
export const isPlain = (unit: number): boolean => (unit < 0x80 ? ((CLASSES[unit] ?? 0) & PLAIN) !== 0 : unit < 0xfffe);

/** Whether XML 1.0 allows the unit at all (production 2). */
export const isAllowed = (unit: number): boolean => (unit >= UNIT.space ? unit < 0xfffe : isSpace(unit));

/** Where the name at `start` ends; `start` itself when no name begins there. */
export function nameEnd(text: string, start: number): number {
  let at = start;
  let wanted = NAME_START;
  for (; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) {
      if (((CLASSES[unit] ?? 0) & wanted) === 0) return at;
    } else {
      const width = wideWidth(text, at, wanted);
      if (width === 0) return at;
      at += width - 1;
    }
    wanted = NAME;
  }
  return at;
}

/** How many units the character past ASCII takes that stands at `at` and fits into a name; 0 when it does not fit. */
function wideWidth(text: string, at: number, wanted: number): number {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  const fits = WIDE_START.test(character) || (wanted === NAME && WIDE_NAME.test(character));
  return fits ? character.length : 0;
}

/** Whether what stands after a prefix could be a name of its own. */
export function beginsName(local: string): boolean {
  const first = local.charCodeAt(0);
  return first < 0x80 ? ((CLASSES[first] ?? 0) & NAME_START) !== 0 : !NO_NAME_START.test(local);
}

/** The character of a reference `#…` (production 66, without `&` and `;`); null for any other text. */
export function referencedCharacter(reference: string): string | null {
  const [, hexadecimal, decimal] = /^#(?:x([\da-f]+)|(\d+))$/i.exec(reference) ?? [];
  if (reference[1] === "X") return null;
  const code = hexadecimal === undefined ? Number.parseInt(decimal ?? "", 10) : Number.parseInt(hexadecimal, 16);
  const allowed = code < 0x10000 ? isAllowed(code) && (code < 0xd800 || code > 0xdfff) : code <= 0x10ffff;
  return allowed ? String.fromCodePoint(code) : null;
}
