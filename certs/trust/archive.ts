import { type TrustMaterial, buildTrustSnapshot } from "./snapshot.ts";

/** A saved snapshot that is not what it says. The message names no content. */
export class TrustArchiveError extends Error {
  override readonly name = "TrustArchiveError";
}

/** The name of a snapshot's file: the hex digest without its `sha256:`, which file systems do not like. */
export const trustArchiveName = (digest: string): string => `${digest.replace(/^sha256:/, "")}.json`;

/** Trust material as one JSON text, { digest, files: [{ name, base64 }] }, for replays years later. Throws TrustError for material that makes no snapshot. */
export function writeTrustArchive(material: TrustMaterial): string {
  const { digest } = buildTrustSnapshot(material);
  const files = material.map(({ name, bytes }) => ({ name, base64: Buffer.from(bytes).toString("base64") }));
  return JSON.stringify({ digest, files });
}

/** Throws TrustArchiveError for another form or a digest that its files do not have, TrustError for material that makes no snapshot. */
export function readTrustArchive(text: string): TrustMaterial {
  const archive = readMembers(parse(text));
  const { digest, files } = archive;
  if (typeof digest !== "string" || !Array.isArray(files)) throw new TrustArchiveError("not a saved trust snapshot");
  const material = files.map(readFile);
  if (buildTrustSnapshot(material).digest !== digest) {
    throw new TrustArchiveError("the files do not have the digest that the snapshot names");
  }
  return material;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TrustArchiveError("not JSON");
  }
}

function readMembers(value: unknown): { readonly digest?: unknown; readonly files?: unknown } {
  if (typeof value !== "object" || value === null) throw new TrustArchiveError("not a saved trust snapshot");
  return value;
}

function readFile(entry: unknown): TrustMaterial[number] {
  const { name, base64 } = (typeof entry === "object" && entry !== null ? entry : {}) as Record<string, unknown>;
  if (typeof name !== "string" || typeof base64 !== "string")
    throw new TrustArchiveError("a file without name or bytes");
  const bytes = Buffer.from(base64, "base64");
  if (bytes.toString("base64") !== base64) throw new TrustArchiveError("a file that is not base64");
  return { name, bytes: new Uint8Array(bytes) };
}
