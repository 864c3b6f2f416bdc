import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { TrustArchiveError, readTrustArchive, trustArchiveName } from "#certs/trust/archive.ts";
import { readTrustDirectory } from "#certs/trust/directory.ts";
import { TrustError, type TrustSnapshot, buildTrustSnapshot } from "#certs/trust/snapshot.ts";
import { CommandError, EXIT } from "./outcome.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

const dataDirectory = (environment: Environment): string => environment["TONGYAN_DATA"] ?? "data";

/** Where trust is looked for when the command line names none: null when there is none at all. */
export function defaultTrustPath(environment: Environment): string | null {
  if (environment["TONGYAN_TRUST"] !== undefined) return environment["TONGYAN_TRUST"];
  const demo = join(dataDirectory(environment), "demo", "trust");
  return existsSync(demo) ? demo : null;
}

/** Reads a trust directory or a saved snapshot; null stands for no trust at all. Throws CommandError. */
export function loadTrust(path: string | null): TrustSnapshot {
  if (path === null) return buildTrustSnapshot([]);
  try {
    const material = statSync(path).isDirectory()
      ? readTrustDirectory(path)
      : readTrustArchive(readFileSync(path, "utf8"));
    return buildTrustSnapshot(material);
  } catch (error) {
    throw unavailable(path, error);
  }
}

/** The snapshot of this digest: that of `path`, else the one that the service kept. Throws CommandError. */
export function findSnapshot(digest: string, path: string | null, environment: Environment): TrustSnapshot {
  const named = path === null ? null : loadTrust(path);
  if (named?.digest === digest) return named;
  const kept = join(dataDirectory(environment), "snapshots", trustArchiveName(digest));
  const snapshot = existsSync(kept) ? loadTrust(kept) : null;
  if (snapshot?.digest === digest) return snapshot;
  const places = [path, kept].filter((place) => place !== null).join(", ");
  throw new CommandError(EXIT.unreadable, `the trust snapshot ${digest} is in none of: ${places}`);
}

function unavailable(path: string, error: unknown): CommandError {
  if (error instanceof TrustError || error instanceof TrustArchiveError) {
    return new CommandError(EXIT.trust, `trust material of ${path}: ${error.message}`);
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : "it cannot be read";
  return new CommandError(EXIT.unreadable, `trust material of ${path}: ${code}`);
}
