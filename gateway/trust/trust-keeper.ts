import { createHash } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { trustArchiveName, writeTrustArchive } from "#certs/trust/archive.ts";
import { buildTrustSnapshot, type TrustMaterial, type TrustSnapshot } from "#certs/trust/snapshot.ts";

export type TrustState = {
  readonly digest: string;
  readonly anchors: number;
  /** Earliest nextUpdate of its CRLs, milliseconds; null when there is no CRL that names one. */
  readonly currentUntil: number | null;
  /** When each certificate ends that trust rests on, milliseconds. */
  readonly certificateEnds: readonly number[];
  /** Why the last attempt to read the trust material changed nothing; null when it went well. */
  readonly problem: string | null;
};

type Kept = { readonly digest: string; readonly material: TrustMaterial };

type TrustKeeperOptions = {
  /** Reads the material as it is now. */
  readonly read: () => TrustMaterial;
  /** Directory where the material of each snapshot that was used is kept, for replays years later. */
  readonly archive: string;
  /** Puts a new snapshot to use; when this throws, the last good one stays. */
  readonly use: (trust: Kept) => Promise<void>;
};

/** Holds the last good trust snapshot and takes over changes of the material behind it. A bad one is refused whole. */
export class TrustKeeper {
  readonly #options: TrustKeeperOptions;
  #fingerprint: string;
  #snapshot: TrustSnapshot;
  #problem: string | null = null;

  /** Throws when the material cannot be read or makes no snapshot: there is no last good one to go on with. */
  constructor(options: TrustKeeperOptions) {
    this.#options = options;
    const material = options.read();
    this.#fingerprint = fingerprintOf(material);
    this.#snapshot = buildTrustSnapshot(material);
    archiveSnapshot(options.archive, this.#snapshot);
  }

  get current(): Kept {
    return { digest: this.#snapshot.digest, material: this.#snapshot.material };
  }

  get state(): TrustState {
    const { anchors, intermediates } = this.#snapshot;
    const ends = this.#snapshot.crls.map((crl) => crl.nextUpdate).filter((end) => end !== null);
    return {
      digest: this.#snapshot.digest,
      anchors: anchors.length,
      currentUntil: ends.length === 0 ? null : Math.min(...ends),
      certificateEnds: [...anchors.map(({ certificate }) => certificate), ...intermediates].map(
        ({ notAfter }) => notAfter,
      ),
      problem: this.#problem,
    };
  }

  /** Resolves to whether another snapshot is in use now. Never throws: the reason stands in `state.problem`. */
  async refresh(): Promise<boolean> {
    try {
      const changed = await this.#takeOver();
      this.#problem = null;
      return changed;
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : "unknown error";
      return false;
    }
  }

  async #takeOver(): Promise<boolean> {
    const material = this.#options.read();
    const fingerprint = fingerprintOf(material);
    if (fingerprint === this.#fingerprint) return false;
    const snapshot = buildTrustSnapshot(material);
    archiveSnapshot(this.#options.archive, snapshot);
    await this.#options.use({ digest: snapshot.digest, material });
    this.#fingerprint = fingerprint;
    this.#snapshot = snapshot;
    return true;
  }
}

function fingerprintOf(material: TrustMaterial): string {
  const hash = createHash("sha256");
  for (const { name, bytes } of material) hash.update(`${name}\0${bytes.length}\0`).update(bytes);
  return hash.digest("hex");
}

/** Written aside, synced and moved into place, so that it is whole or absent. */
function archiveSnapshot(archive: string, { digest, material }: TrustSnapshot): void {
  const file = join(archive, trustArchiveName(digest));
  const part = `${file}.${process.pid}.part`;
  mkdirSync(archive, { recursive: true });
  writeFileSync(part, writeTrustArchive(material), { flush: true });
  renameSync(part, file);
}
