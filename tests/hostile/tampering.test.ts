import { describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { gatherFacts } from "../../certs/facts.ts";
import type { Entries } from "../../certs/issue/ofd.ts";
import { DAY, makePki } from "../../certs/issue/pki.ts";
import { licenceDocument, sealedEntries } from "../../certs/issue/sealed-licence.ts";
import { sealDocument } from "../../certs/issue/seal.ts";
import { signDocument } from "../../certs/issue/signed-data.ts";
import { timeStamper } from "../../certs/issue/time-stamp.ts";
import { zipOf } from "../../certs/issue/zip.ts";
import { DEFAULT_LIMITS } from "../../certs/limits.ts";
import { newMemory } from "../../certs/memory.ts";
import { VALIDATION_POLICIES } from "../../certs/policy.ts";
import { Refusal } from "../../certs/refusal.ts";
import { buildTrustSnapshot } from "../../certs/trust/snapshot.ts";
import { verifyDocument } from "../../certs/verify.ts";
import { type CheckName, verdictWithout } from "./faulty-verifier.ts";

const now = Date.UTC(2026, 10, 21);
const pki = makePki(now);
const question = {
  trust: buildTrustSnapshot(pki.trust),
  policy: VALIDATION_POLICIES["gb-t-38540"],
  at: now,
  memory: newMemory(),
};

type Verifier = (bytes: Uint8Array) => string;
const verdictOf: Verifier = (bytes) => refusable(() => verifyDocument(bytes, question).verdict);

function refusable(verify: () => string): string {
  try {
    return verify();
  } catch (error) {
    if (error instanceof Refusal) return "REFUSED";
    throw error;
  }
}

const { guangdong, shache } = pki.authorities;
const card = licenceDocument({ pki, authority: "shache" });
const FILES: { readonly [name: string]: Entries } = {
  V1: sealedEntries({ pki, version: "V1" }),
  V4: sealedEntries({ pki, version: "V4" }),
  V5: sealedEntries({ pki, version: "V5" }),
  "V5 with a time-stamp": sealedEntries({
    pki,
    version: "V5",
    sealing: { timeStamp: timeStamper({ authority: pki.tsa, at: now - 99 * DAY + 60_000 }) },
  }),
  "two seals": sealDocument(sealedEntries({ pki, sealing: { lockSignatures: false } }), {
    seal: guangdong.seals.V4,
    signer: guangdong.signer,
    signedAt: now - 98 * DAY,
  }),
  "GB/T 35275 attached": signDocument(card, { signers: [shache.signer], form: "attached", signedAt: now - 99 * DAY }),
  "GB/T 35275 attributes": signDocument(card, {
    signers: [shache.signer],
    form: "attributes",
    signedAt: now - 99 * DAY,
  }),
};

type Flip = { readonly path: string; readonly at: number; readonly mask: number };

function flipped(entries: Entries, { path, at, mask }: Flip): Uint8Array {
  const bytes = Buffer.from(entries.get(path) ?? Buffer.alloc(0));
  bytes[at] = (bytes[at] ?? 0) ^ mask;
  return zipOf(new Map([...entries, [path, bytes]]));
}

/** The flips after which a verifier still says PASSED, out of one at every `step`th byte of every file of the package. */
function survivors(verify: Verifier, entries: Entries, step: number): Flip[] {
  const found: Flip[] = [];
  let turn = 0;
  for (const [path, bytes] of entries)
    for (let at = turn % step; at < bytes.length; at += step) {
      const flip = { path, at, mask: 1 << (turn++ & 7) };
      if (verify(flipped(entries, flip)) === "PASSED") found.push(flip);
    }
  return found;
}

describe("a change of any byte of any file in the package ends PASSED", () => {
  it.each(Object.entries(FILES))("%s: untouched it passes, and no flip survives", (name, entries) => {
    expect(verdictOf(zipOf(entries))).toBe("PASSED");
    expect(survivors(verdictOf, entries, name === "V4" ? 1 : 5)).toEqual([]);
  });

  it("holds for random places and patterns, several at once", () => {
    const change = fc.record({
      file: fc.constantFrom(...Object.keys(FILES)),
      place: fc.nat(),
      mask: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(change, ({ file, place, mask }) => {
        const entries = FILES[file] ?? new Map<string, Uint8Array>();
        const paths = [...entries.keys()];
        const path = paths[place % paths.length] ?? "";
        const length = entries.get(path)?.length ?? 1;
        expect(verdictOf(flipped(entries, { path, at: (place * 2654435761) % length, mask }))).not.toBe("PASSED");
      }),
      { numRuns: 600 },
    );
  });

  it("holds for the packed file: a flip anywhere is refused or ends PASSED, unless nothing that is read has changed", () => {
    const original = zipOf(FILES["V4"] ?? new Map());
    const found: number[] = [];
    for (let at = 0; at < original.length; at++) {
      const bytes = Buffer.from(original);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at & 7));
      if (verdictOf(bytes) === "PASSED" && !sameContent(bytes, original)) found.push(at);
    }
    expect(found).toEqual([]);
  });
});

/** Dates, versions and attributes of zip headers are read by nobody: what counts is names and contents. */
function sameContent(a: Uint8Array, b: Uint8Array): boolean {
  const content = (bytes: Uint8Array): string => {
    const { ofd } = gatherFacts(bytes, DEFAULT_LIMITS, question.memory);
    return JSON.stringify(
      [...ofd.entries.keys()].toSorted().map((path) => [path, Buffer.from(ofd.sm3(path)).toString("hex")]),
    );
  };
  return content(a) === content(b);
}

/** The verifier with one check planted to pass, whatever it finds. */
const verifierWithout =
  (name: CheckName): Verifier =>
  (bytes) =>
    verdictWithout([name], bytes, question);

describe("a planted fault is caught", () => {
  it.each(["reference-digests", "document-digest", "signature-value"] as const)(
    "a verifier without %s lets flips through",
    (name) => {
      expect(survivors(verifierWithout(name), FILES["V4"] ?? new Map(), 3).length).toBeGreaterThan(0);
    },
  );

  it("and with all its checks the same pipeline lets none through", () => {
    expect(survivors(verdictOf, FILES["V4"] ?? new Map(), 3)).toEqual([]);
  });
});
