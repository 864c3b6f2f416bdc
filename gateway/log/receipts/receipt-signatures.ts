import { type ReceiptCode, type ReceiptFault, receiptFault } from "./receipt-faults.ts";
import type { ReadReceipt } from "./receipt-form.ts";
import { cosignatureTime } from "../tlog/cosignature.ts";
import type { Note, NoteSignature } from "../tlog/signed-note.ts";
import type { PinnedKey } from "../tlog/verifiers.ts";
import { formatKeyId } from "../tlog/vkey.ts";

type LogAlgorithm = "Ed25519" | "SM2";
/** `keyId` in hexadecimal. */
export type ProvenSignature = { readonly algorithm: LogAlgorithm; readonly keyId: string };
/** `at`: ISO 8601 in UTC, as the witness states it. */
export type ProvenCosignature = { readonly name: string; readonly keyId: string; readonly at: string };

const ALGORITHMS = ["Ed25519", "SM2"] as const satisfies readonly LogAlgorithm[];
const MISSING = { Ed25519: "ED25519_SIGNATURE_MISSING", SM2: "SM2_SIGNATURE_MISSING" } as const;
const WRONG = { Ed25519: "ED25519_SIGNATURE_WRONG", SM2: "SM2_SIGNATURE_WRONG" } as const;

/** Milliseconds that clocks of logs, witnesses and verifiers may differ. */
const SKEW = 600_000;

/** Whether a line says that it is by this key. */
export const isBy = ({ name, keyId }: NoteSignature, { verifier }: PinnedKey): boolean =>
  name === verifier.name && keyId === verifier.keyId;

/**
 * Of each algorithm of which a key is given, one signature at least has to be there, and none by a given key may be wrong: else one of the
 * two could be stripped. `explain`: what was changed when none of them holds; null when that cannot be told.
 */
export function checkLogSignatures(
  { note, checkpoint }: Pick<ReadReceipt, "note" | "checkpoint">,
  keys: readonly PinnedKey[],
  explain: () => ReceiptCode | null,
): readonly ProvenSignature[] | ReceiptFault {
  const own = keys.filter(({ verifier }) => verifier.name === checkpoint.origin);
  if (own.length === 0) return receiptFault("LOG_WRONG", `of ${checkpoint.origin}`);
  const misnamed = misnamedLine(note, own);
  if (misnamed !== null) return misnamed;
  const signed = ALGORITHMS.flatMap((algorithm) => linesOf(note, own, algorithm));
  if (signed.length === 0) return receiptFault("KEY_UNKNOWN", namesOf(note.signatures));
  const wrong = signed.filter(({ line, key }) => !key.verifier.verify(note.text, line.signature));
  if (wrong[0] !== undefined)
    return receiptFault((wrong.length === signed.length ? explain() : null) ?? WRONG[wrong[0].algorithm]);
  const missing = ALGORITHMS.find(
    (each) => own.some(({ algorithm }) => algorithm === each) && !signed.some(({ algorithm }) => algorithm === each),
  );
  if (missing !== undefined) return receiptFault(MISSING[missing]);
  return signed.map(({ algorithm, line }) => ({ algorithm, keyId: formatKeyId(line.keyId) }));
}

type Signed = { readonly algorithm: LogAlgorithm; readonly line: NoteSignature; readonly key: PinnedKey };

const linesOf = ({ signatures }: Note, keys: readonly PinnedKey[], algorithm: LogAlgorithm): Signed[] =>
  signatures.flatMap((line) => {
    const key = keys.find((each) => each.algorithm === algorithm && isBy(line, each));
    return key === undefined ? [] : [{ algorithm, line, key }];
  });

/** A signature by a given key in a line that names another. */
function misnamedLine({ text, signatures }: Note, keys: readonly PinnedKey[]): ReceiptFault | null {
  const strange = signatures.filter((line) => !keys.some((key) => isBy(line, key)));
  const line = strange.find(({ signature }) => keys.some(({ verifier }) => verifier.verify(text, signature)));
  return line === undefined ? null : receiptFault("KEY_ID_WRONG", `key ID ${formatKeyId(line.keyId)}`);
}

const namesOf = (lines: readonly NoteSignature[]): string =>
  lines.map(({ name, keyId }) => `${name} ${formatKeyId(keyId)}`).join(", ");

/** Every given witness has to have cosigned, at a time that can be. `now` in milliseconds. */
export function checkCosignatures(
  { note, leaf }: ReadReceipt,
  witnesses: readonly PinnedKey[],
  now: number,
): readonly ProvenCosignature[] | ReceiptFault {
  const proven: ProvenCosignature[] = [];
  for (const key of witnesses) {
    const { name, keyId } = key.verifier;
    const line = note.signatures.find((each) => isBy(each, key));
    if (line === undefined) return receiptFault("COSIGNATURE_MISSING", name);
    const seconds = cosignatureTime(line.signature);
    if (seconds === null || !key.verifier.verify(note.text, line.signature))
      return receiptFault("COSIGNATURE_WRONG", name);
    const at = seconds * 1000;
    if (at < Date.parse(leaf.time) - SKEW) return receiptFault("COSIGNATURE_TOO_EARLY", name);
    if (at > now + SKEW) return receiptFault("COSIGNATURE_IN_FUTURE", name);
    proven.push({ name, keyId: formatKeyId(keyId), at: new Date(at).toISOString() });
  }
  return proven;
}
