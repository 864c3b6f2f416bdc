import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { formatCheckpoint } from "#gateway/log/tlog/checkpoint.ts";
import { ed25519Signer } from "#gateway/log/tlog/ed25519.ts";
import { MemoryTiles } from "#gateway/log/tlog/memory-tiles.ts";
import { consistencyProof } from "#gateway/log/tlog/proofs.ts";
import { type Signer, signNote } from "#gateway/log/tlog/signed-note.ts";
import { sm2Signer } from "#gateway/log/tlog/sm2-note.ts";
import { TileTree } from "#gateway/log/tlog/tile-tree.ts";

export const ORIGIN = "gateway.example/log/0badcafe";

/** Both keys of a log. */
export type TestKeys = { readonly signers: readonly Signer[]; readonly vkeys: readonly string[] };

export function testKeys(origin = ORIGIN): TestKeys {
  const ed25519 = ed25519Signer(origin, generateKeyPairSync("ed25519").privateKey);
  const sm2 = sm2Signer(origin, reread(generateKeyPairSync("ec", { namedCurve: "SM2" }).privateKey));
  return { signers: [ed25519.signer, sm2.signer], vkeys: [ed25519.vkey, sm2.vkey] };
}

/** A fresh key would do ECDSA on the SM2 curve. */
const reread = (key: KeyObject): KeyObject => createPrivateKey(key.export({ type: "pkcs8", format: "pem" }));

/** A log in memory, whose history can be told otherwise. */
export class TestLog {
  readonly keys: TestKeys;
  readonly origin: string;
  readonly leaves: Buffer[] = [];

  constructor(keys = testKeys(), origin = ORIGIN) {
    this.keys = keys;
    this.origin = origin;
  }

  /** As far as `size` the same, and from there on whatever is put in: what a restored copy looks like. */
  copyOf(size: number): TestLog {
    const copy = new TestLog(this.keys, this.origin);
    copy.leaves.push(...this.leaves.slice(0, size));
    return copy;
  }

  grow(to: number, story = "as it was"): this {
    while (this.leaves.length < to) this.leaves.push(Buffer.from(`${story} ${this.leaves.length}`));
    return this;
  }

  root(size = this.leaves.length): Buffer {
    return this.#at(size).tree.root();
  }

  text(size = this.leaves.length): string {
    return formatCheckpoint({ origin: this.origin, size, root: this.root(size) });
  }

  note(size = this.leaves.length, signers = this.keys.signers): string {
    return signNote(this.text(size), signers);
  }

  proof(from: number, to = this.leaves.length): string[] {
    const { tiles } = this.#at(to);
    return consistencyProof(from, to, tiles.read).map((hash) => hash.toString("base64"));
  }

  /** The body of a request to a witness. */
  request(old: number, size = this.leaves.length): string {
    return requestOf(old, this.proof(Math.min(old, size), size), this.note(size));
  }

  #at(size: number) {
    const tree = TileTree.empty();
    for (const leaf of this.leaves.slice(0, size)) tree.append(leaf);
    const tiles = new MemoryTiles();
    tiles.take(tree);
    return { tree, tiles };
  }
}

export const requestOf = (old: number | string, proof: readonly string[], note: string): string =>
  `old ${old}\n${proof.map((line) => `${line}\n`).join("")}\n${note}`;
