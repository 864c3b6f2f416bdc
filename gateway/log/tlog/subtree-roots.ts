import { BoundedMap } from "#certs/crypto/bounded-map.ts";
import { nodeHash } from "./hashing.ts";
import { hashAt } from "./tiles.ts";

/** Some 3 MB. A tree of 10,000,000 leaves has 39,000 of them; proofs of recent entries share all but a few. */
const MOST = 16_384;

/** Whole hashes of a tile above the lowest level, from `from` on; `count` is a power of two. */
export type Subtree = { readonly level: number; readonly n: number; readonly from: number; readonly count: number };

/**
 * Roots of whole subtrees of one log, made out of its tiles once: they are the same for ever, whatever the tree grows to. Of the lowest tiles
 * none are kept: there are too many, and each is of use to few proofs.
 */
export class SubtreeRoots {
  /** As latin1: a small buffer would keep all of the pool that it was cut from. */
  readonly #known = new BoundedMap<string>(MOST);

  /** `tile` is read only when something is missing. Throws whatever that throws. */
  root(subtree: Subtree, tile: () => Uint8Array): Buffer {
    const { level, n, from, count } = subtree;
    if (count === 1) return Buffer.from(hashAt(tile(), from));
    const name = `${level} ${n} ${from} ${count}`;
    const known = this.#known.get(name);
    if (known !== undefined) return Buffer.from(known, "latin1");
    const half = count / 2;
    const left = this.root({ level, n, from, count: half }, tile);
    const root = nodeHash(left, this.root({ level, n, from: from + half, count: half }, tile));
    this.#known.set(name, root.toString("latin1"));
    return root;
  }
}
