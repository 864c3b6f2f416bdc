import { MalformedError } from "#gateway/log/tlog/malformed.ts";
import { type PinnedKey, readVerifierKey } from "#gateway/log/tlog/verifiers.ts";
import { UsageError } from "./options.ts";
import { readGiven } from "./given-file.ts";

type Option = "--key" | "--witness";

const MAX_BYTES = 65_536;
/** A key itself rather than the name of a file. */
const KEY_TEXT = /^[^+/\s][^+\s]*\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$/;

/** Public keys that stand on the command line, or in files of one to a line, as GET /log/keys answers them. Throws UsageError or CommandError. */
export function readPinnedKeys(given: readonly string[], option: Option): PinnedKey[] {
  const texts = new Set(given.flatMap((each) => (KEY_TEXT.test(each) ? [each] : linesOf(each, option))));
  return [...texts].map((text) => readKey(text, option));
}

function linesOf(file: string, option: Option): string[] {
  const lines = readGiven(file, MAX_BYTES).toString().split("\n");
  const texts = lines.map((line) => line.trim()).filter((line) => line !== "");
  if (texts.length === 0) throw new UsageError(`${option} ${file}: it holds no key`);
  return texts;
}

function readKey(text: string, option: Option): PinnedKey {
  const key = parse(text, option);
  const isWitness = key.algorithm === "cosignature";
  if (isWitness === (option === "--witness")) return key;
  throw new UsageError(
    isWitness ? `${key.verifier.name} is a witness's key: give it as --witness` : `${option} takes a witness's key`,
  );
}

function parse(text: string, option: Option): PinnedKey {
  try {
    return readVerifierKey(text);
  } catch (error) {
    if (error instanceof MalformedError) throw new UsageError(`${option}: ${error.message}`);
    throw error;
  }
}
