/** What a text or bytes of a transparency log can be besides well-formed. */
export const MALFORMED = [
  "BASE64_NOT_CANONICAL",
  "BUNDLE_MALFORMED",
  "CHECKPOINT_ORIGIN",
  "CHECKPOINT_ROOT",
  "CHECKPOINT_SIZE",
  "CHECKPOINT_TRAILING",
  "KEY_MALFORMED",
  "LEAF_MALFORMED",
  "NOTE_MALFORMED",
  "NOTE_SIGNATURE_LINE",
  "NOTE_SIGNATURE_WRONG",
  "NOTE_TOO_LARGE",
  "NOTE_UNSIGNED",
  "PROOF_EXTRA",
  "PROOF_HASH",
  "PROOF_HEADER",
  "PROOF_INDEX",
  "PROOF_TOO_LARGE",
  "TILE_MALFORMED",
] as const;
export type MalformedCode = (typeof MALFORMED)[number];

/** Outside text or bytes that are not what they have to be. The message never repeats them. */
export class MalformedError extends Error {
  override readonly name = "MalformedError";
  readonly code: MalformedCode;

  constructor(code: MalformedCode, message: string) {
    super(message);
    this.code = code;
  }
}
