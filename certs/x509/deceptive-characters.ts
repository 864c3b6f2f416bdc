type Rule = { readonly characters: RegExp; readonly what: string };

const RULES: readonly Rule[] = [
  { characters: /\0/u, what: "NUL" },
  { characters: /\p{Bidi_Control}/u, what: "writing direction control" },
  { characters: /[\p{Cc}\u{2028}\u{2029}]/u, what: "control character" },
  { characters: /[\u{FE00}-\u{FE0F}\u{E0100}-\u{E01EF}]/u, what: "variation selector" },
  // Mongolian free variation selectors belong to that script's spelling.
  {
    characters: /(?![\u{180B}-\u{180F}])[\p{Default_Ignorable_Code_Point}\u{FFF9}-\u{FFFB}]/u,
    what: "invisible character",
  },
  // Twelve unified ideographs stand in the block of the compatibility ones (Unicode chapter 18.1): they decompose to nothing.
  {
    characters: /(?=[\u{F900}-\u{FAFF}\u{2F800}-\u{2FA1F}])\P{Unified_Ideograph}/u,
    what: "CJK compatibility ideograph",
  },
  { characters: /[\u{2F00}-\u{2FDF}]/u, what: "Kangxi radical" },
  { characters: /[\u{2E80}-\u{2EFF}\u{31C0}-\u{31EF}]/u, what: "CJK radical or stroke" },
  { characters: /\p{Cs}/u, what: "half of a surrogate pair" },
];

/** What no rule speaks of and most names are made of: printable ASCII, the unified ideographs' first block, full-width brackets. */
const PLAIN = /^[ -~\u4e00-\u9fff\uff08\uff09]*$/;

const LATIN_OR_HAN = /[\p{Script=Latin}\p{Script=Han}]/u;
const LOOK_ALIKE_SCRIPT = /[\p{Script=Cyrillic}\p{Script=Greek}]/u;

/**
 * The first character of a name that a person cannot see or takes for another (hostile-cases 79), with its code point: controls, invisible ones,
 * compatibility forms of ideographs, and Cyrillic or Greek letters among Latin or Han ones. Null when there is none.
 */
export function deceptiveCharacters(text: string): string | null {
  if (PLAIN.test(text)) return null;
  for (const { characters, what } of RULES) {
    const found = characters.exec(text)?.[0];
    if (found !== undefined) return `${what} ${codePoint(found)}`;
  }
  const foreign = LOOK_ALIKE_SCRIPT.exec(text)?.[0];
  return foreign !== undefined && LATIN_OR_HAN.test(text)
    ? `Cyrillic or Greek letter ${codePoint(foreign)} among others`
    : null;
}

const codePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
