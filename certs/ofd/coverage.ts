import { intersects } from "./box.ts";
import type { Box, OfdBody, OfdPackage, OfdSignature, OfdStamp } from "./package.ts";
import { filesOf } from "./signatures.ts";

/**
 * `uncovered`: what the shown document reaches and this signature does not cover, and how it is reached. `unreferenced`:
 * entries that are part of no document, no signature, and not covered. `overdrawn`: uncovered entries that draw over a
 * stamp of this signature. All sorted by path.
 */
export type Coverage = {
  readonly complete: boolean;
  readonly uncovered: readonly { readonly entry: string; readonly via: string }[];
  readonly unreferenced: readonly string[];
  readonly overdrawn: readonly string[];
};

type Drawn = { readonly entry: string; readonly boxes: readonly Box[] };

const MOST_COMPARISONS = 5_000_000;

/**
 * Compares what the document shows with what one signature lists; whether the digests are right is not looked at here.
 * A signature cannot cover the list of signatures when others are to follow, nor its own files, nor those of later ones:
 * they are part of `reached` only where the document itself refers to them.
 */
export function coverageOf(ofd: OfdPackage, body: OfdBody, signature: OfdSignature): Coverage {
  const covered = new Set(signature.references.map(({ path }) => path));
  const uncovered: { entry: string; via: string }[] = [];
  for (const [entry, via] of shownEntries(body, signature)) if (!covered.has(entry)) uncovered.push({ entry, via });
  const open = new Set(uncovered.map(({ entry }) => entry));
  return {
    complete: uncovered.length === 0,
    uncovered: uncovered.sort((a, b) => order(a.entry, b.entry)),
    unreferenced: unreferencedBy(ofd, covered).sort(order),
    overdrawn: overdrawn(body, signature, open).sort(order),
  };
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The picture of the seal (OFD 2.0) is on show, and nothing but a digest ties it to the seal. */
function* shownEntries(body: OfdBody, signature: OfdSignature): Generator<readonly [string, string]> {
  yield* body.reached;
  yield* body.missing;
  const picture = signature.picturePath;
  if (picture !== null && !body.reached.has(picture)) yield [picture, "signature → picture of the seal"];
}

function unreferencedBy(ofd: OfdPackage, covered: ReadonlySet<string | null>): string[] {
  const part = new Set<string | null>();
  for (const { signatureList, signatures } of ofd.bodies) {
    part.add(signatureList);
    for (const signature of signatures) for (const file of filesOf(signature)) part.add(file);
  }
  const reached = (path: string): boolean => ofd.bodies.some((body) => body.reached.has(path));
  return [...ofd.entries.keys()].filter((path) => !covered.has(path) && !part.has(path) && !reached(path));
}

/** A stamp without a readable place, and more pairs of boxes than anyone draws, count as touching. */
function overdrawn(body: OfdBody, signature: OfdSignature, open: ReadonlySet<string>): string[] {
  if (open.size === 0) return [];
  const found = new Set<string>();
  let left = MOST_COMPARISONS;
  for (const [id, stamps] of Map.groupBy(signature.stamps, (stamp) => stamp.page))
    for (const { entry, boxes } of drawnOn(body, id, open)) {
      left -= stamps.length * boxes.length;
      if (!found.has(entry) && (left < 0 || touches(stamps, boxes))) found.add(entry);
    }
  return [...found];
}

const touches = (stamps: readonly OfdStamp[], boxes: readonly Box[]): boolean =>
  boxes.some((box) => stamps.some(({ boundary }) => boundary === null || intersects(boundary, box)));

/** What is drawn on a page by files that the signature leaves open: its annotations and templates. */
function* drawnOn(body: OfdBody, id: string, open: ReadonlySet<string>): Generator<Drawn> {
  const page = body.pages.get(id);
  for (const { path, list, boxes } of page?.annotations ?? []) {
    const entry = [path, list].find((file) => open.has(file));
    if (entry !== undefined) yield { entry, boxes };
  }
  for (const path of page?.templates ?? [])
    if (open.has(path)) yield { entry: path, boxes: body.templateBoxes.get(path) ?? [] };
}
