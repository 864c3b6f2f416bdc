import { parseHash, readBase64 } from "./base64.ts";
import { parseCount } from "./checkpoint.ts";
import { MalformedError } from "./malformed.ts";

/** That an entry is in a log (C2SP tlog-proof). `extra`: not authenticated, null when absent; `checkpoint`: the whole signed note. */
export type TlogProof = {
  readonly extra: Buffer | null;
  readonly index: number;
  readonly proof: readonly Buffer[];
  readonly checkpoint: string;
};

const HEADER = "c2sp.org/tlog-proof@v1";
/** Hashes of the longest path in a tree of 2^53 leaves and more. */
const MAX_HASHES = 63;
/** Characters: an extra of some megabytes, and the rest. */
export const MAX_PROOF = 16 * 1024 * 1024;

export function formatTlogProof({ extra, index, proof, checkpoint }: TlogProof): string {
  const extraLine = extra === null ? "" : `extra ${extra.toString("base64")}\n`;
  const hashes = proof.map((hash) => `${hash.toString("base64")}\n`).join("");
  return `${HEADER}\n${extraLine}index ${index}\n${hashes}\n${checkpoint}`;
}

/** Strict. The checkpoint is not looked into. Throws MalformedError. */
export function parseTlogProof(text: string): TlogProof {
  if (text.length > MAX_PROOF) throw new MalformedError("PROOF_TOO_LARGE", `more than ${MAX_PROOF} characters`);
  const end = text.indexOf("\n\n");
  const [header, ...lines] = (end === -1 ? text : text.slice(0, end)).split("\n", MAX_HASHES + 4);
  if (header !== HEADER) throw new MalformedError("PROOF_HEADER", `the first line is not ${HEADER}`);
  const extra = lines[0]?.startsWith("extra ") === true ? parseExtra(lines.shift() ?? "") : null;
  const index = parseIndex(lines.shift() ?? "");
  if (end === -1) throw new MalformedError("PROOF_HEADER", "no empty line before a checkpoint");
  if (lines.length > MAX_HASHES) throw new MalformedError("PROOF_HASH", `more than ${MAX_HASHES} hashes`);
  const proof = lines.map((line) => parseHash(line, "PROOF_HASH", "a hash of the proof"));
  return { extra, index, proof, checkpoint: text.slice(end + 2) };
}

function parseExtra(line: string): Buffer {
  const extra = readBase64(line.slice("extra ".length));
  if (extra === null) throw new MalformedError("PROOF_EXTRA", "the extra line is not canonical base64");
  return extra;
}

function parseIndex(line: string): number {
  const index = line.startsWith("index ") ? parseCount(line.slice("index ".length)) : null;
  if (index === null) throw new MalformedError("PROOF_INDEX", "the index line is not of the form index <number>");
  return index;
}
