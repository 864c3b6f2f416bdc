import { ConfigError } from "#gateway/config.ts";
import { MalformedError } from "#gateway/log/tlog/malformed.ts";
import type { Verifier } from "#gateway/log/tlog/signed-note.ts";
import { readVerifierKey } from "#gateway/log/tlog/verifiers.ts";

/** The keys that a witness trusts for a log, by its origin. */
export type FollowedLogs = ReadonlyMap<string, readonly Verifier[]>;

/** Out of the logs' keys in their text form; the name of a key is the origin of its log. Blank lines and those after `#` are passed over. Throws ConfigError. */
export function readFollowedLogs(lines: readonly string[]): FollowedLogs {
  const logs = new Map<string, Verifier[]>();
  for (const line of lines.map((each) => each.trim()).filter((each) => each !== "" && !each.startsWith("#"))) {
    const verifier = readLogKey(line);
    const keys = logs.get(verifier.name) ?? [];
    if (!keys.some(({ keyId }) => keyId === verifier.keyId)) logs.set(verifier.name, [...keys, verifier]);
  }
  if (logs.size === 0) throw new ConfigError("name at least one log, by a line of its keys");
  return logs;
}

function readLogKey(line: string): Verifier {
  try {
    const { algorithm, verifier } = readVerifierKey(line);
    if (algorithm === "cosignature") throw new ConfigError(`the key of ${verifier.name} is a witness's, not a log's`);
    return verifier;
  } catch (error) {
    throw error instanceof MalformedError ? new ConfigError(`a log's key: ${error.message}`) : error;
  }
}
