/** PostgreSQL cuts longer names off, so that two could become one. Bytes of UTF-8. */
export const LONGEST_IDENTIFIER = 63;

/** Whether a text can be the name of a schema, view or column here: letters of any script, digits, `_` and `$`. */
export function isIdentifier(text: string): boolean {
  return /^[\p{L}_][\p{L}\p{N}_$]*$/u.test(text) && Buffer.byteLength(text) <= LONGEST_IDENTIFIER;
}

/** The only way by which a name gets into a statement. Throws on anything that could end the quotes. */
export function quoteIdentifier(name: string): string {
  if (!isIdentifier(name)) throw new Error("not an identifier");
  return `"${name}"`;
}
