import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LogRefusedError } from "./log-refused.ts";
import { type Checkpoint, parseCheckpoint } from "./tlog/checkpoint.ts";
import { MalformedError } from "./tlog/malformed.ts";
import { openNote, type Verifier } from "./tlog/signed-note.ts";

/** A signed checkpoint as it stands in its file. */
export type SignedCheckpoint = Checkpoint & { readonly note: string };

export const checkpointFile = (directory: string): string => join(directory, "checkpoint");

/** The last one that was published; null when there is none. All of the log's own keys have to have signed it. Throws LogRefusedError. */
export function readCheckpoint(
  directory: string,
  { origin, verifiers }: { readonly origin: string; readonly verifiers: readonly Verifier[] },
): SignedCheckpoint | null {
  const file = checkpointFile(directory);
  const note = textOf(file);
  if (note === null) return null;
  try {
    const { text, verified } = openNote(note, verifiers);
    if (verified.length !== verifiers.length)
      throw new LogRefusedError("LOG_DAMAGED", `${file}: a signature is missing`);
    const checkpoint = parseCheckpoint(text);
    if (checkpoint.origin === origin) return { ...checkpoint, note };
    throw new LogRefusedError("LOG_FOREIGN", `${file} is of the log ${checkpoint.origin}, not of ${origin}`);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw new LogRefusedError("LOG_DAMAGED", `${file}: ${error.message} (${error.code})`, error);
  }
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
