import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { refusalOf } from "../tests/hostile/refusal-of.ts";
import { KnownBytes } from "./bytes/known-bytes.ts";
import { rewrite } from "./issue/ofd.ts";
import { makePki } from "./issue/pki.ts";
import { sealedEntries, sealedLicence } from "./issue/sealed-licence.ts";
import { zipOf } from "./issue/zip.ts";
import { type VerificationMemory, newMemory } from "./memory.ts";
import { VALIDATION_POLICIES } from "./policy.ts";
import type { Report } from "./report.ts";
import { buildTrustSnapshot } from "./trust/snapshot.ts";
import { type VerificationQuestion, verifyDocument } from "./verify.ts";

const NOW = Date.now();
const DAY = 86_400_000;
const pki = makePki(NOW);
const trust = buildTrustSnapshot(pki.trust);
const strangers = buildTrustSnapshot(makePki(NOW).trust);
const memory = newMemory();
const licence = sealedLicence({ pki, serial: 7 });
const PAGE = "Doc_0/Pages/Page_0/Content.xml";

const verify = (bytes: Uint8Array, asked: Partial<VerificationQuestion> = {}): Report =>
  verifyDocument(bytes, { trust, policy: VALIDATION_POLICIES["gb-t-38540"], at: NOW, memory, ...asked });
/** Three times: noted, kept, recalled. */
const remember = (bytes: Uint8Array): void => void [verify(bytes), verify(bytes), verify(bytes)];

describe("a document that is remembered", () => {
  remember(licence);

  test("gives the same report as one that is not", () => {
    expect(memory.documents.size).toBeGreaterThan(0);
    expect(verify(licence)).toEqual(verify(licence, { memory: newMemory() }));
  });

  test("is judged anew under other trust, another policy and at another time", () => {
    expect(verify(licence).verdict).toBe("PASSED");
    const untrusted = verify(licence, { trust: strangers });
    expect([untrusted.verdict, untrusted.answers.authority.code]).toEqual(["INDETERMINATE", "NO_TRUST"]);
    const strict = VALIDATION_POLICIES.strict;
    expect(verify(licence, { policy: strict })).toEqual(verify(licence, { policy: strict, memory: newMemory() }));
    const later = NOW + 400 * DAY; // the CRLs have ended by then
    expect(verify(licence, { at: later })).toEqual(verify(licence, { at: later, memory: newMemory() }));
    expect(verify(licence, { at: later }).verdict).toBe("INDETERMINATE");
    expect(verify(licence).verdict).toBe("PASSED");
  });

  test("says nothing of the document with one byte changed", () => {
    const outcome = (bytes: Uint8Array, memory: VerificationMemory): unknown => {
      let verdict: string | null = null;
      const refusal = refusalOf(() => (verdict = verify(bytes, { memory }).verdict));
      return [refusal, verdict];
    };
    for (let at = 0; at < licence.length; at += 211) {
      const changed = Uint8Array.from(licence);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(outcome(changed, memory), `byte ${at}`).toEqual(outcome(changed, newMemory()));
    }
  });

  test("is held in memory of its own: what becomes of the caller's bytes does not matter", () => {
    const own = Uint8Array.from(sealedLicence({ pki, serial: 8 }));
    const sha256 = createHash("sha256").update(own).digest("hex");
    const before = [verify(own), verify(own), verify(own)];
    own.fill(0);
    expect(verify(own, { sha256 })).toEqual(before[2]);
  });
});

describe("what came with one document", () => {
  const page = (file: Uint8Array, from: string, to: string): Uint8Array => {
    const changed = rewrite(sealedEntries({ pki, serial: 9 }), PAGE, (xml) => xml.replace(from, to));
    expect(file.length).toBeGreaterThan(0);
    return zipOf(changed);
  };

  test("never stands for another's: a forged file of the same name, size and checksum in its header is its own", () => {
    const genuine = sealedLicence({ pki, serial: 9 });
    const forged = page(genuine, "张三", "王五");
    for (let round = 0; round < 4; round++) {
      expect(verify(genuine).verdict).toBe("PASSED");
      expect(verify(forged)).toMatchObject({ verdict: "FAILED", answers: { integrity: { code: "HASH_MISMATCH" } } });
    }
  });

  test("a wrong checksum in a header is found, however often the content came with the right one", () => {
    const bytes = Uint8Array.from(sealedLicence({ pki, serial: 10 }));
    remember(bytes);
    const view = new DataView(bytes.buffer);
    const at = Buffer.from(bytes.buffer).indexOf("PK\u0001\u0002");
    const local = view.getUint32(at + 42, true);
    for (const place of [at + 16, local + 14]) view.setUint32(place, view.getUint32(place, true) ^ 1, true);
    for (let round = 0; round < 3; round++) expect(refusalOf(() => verify(bytes))).toBe("ZIP_CRC");
  });

  test("a refusal is not remembered, and refuses each time", () => {
    const entries = rewrite(sealedEntries({ pki, serial: 11 }), PAGE, (xml) =>
      xml.replace("<ofd:Page ", "<!DOCTYPE a><ofd:Page "),
    );
    for (let round = 0; round < 4; round++) expect(refusalOf(() => verify(zipOf(entries)))).toBe("XML_HOSTILE");
  });

  test("a seal seen a hundred times does not vouch for one with another signature", () => {
    const entries = sealedEntries({ pki, serial: 12 });
    for (let serial = 100; serial < 110; serial++)
      expect(verify(sealedLicence({ pki, serial })).verdict).toBe("PASSED");
    const value = Buffer.from(entries.get("Doc_0/Signs/Sign_0/SignedValue.dat") ?? "");
    const seal = Buffer.from(entries.get("Doc_0/Signs/Sign_0/Seal.esl") ?? "");
    const at = value.indexOf(seal);
    expect(at).toBeGreaterThan(0);
    for (const offset of [seal.length - 1, seal.length - 40, seal.length >> 1]) {
      const changed = Buffer.from(value);
      changed[at + offset] = (changed[at + offset] ?? 0) ^ 1;
      const forged = zipOf(new Map(entries).set("Doc_0/Signs/Sign_0/SignedValue.dat", changed));
      for (let round = 0; round < 3; round++) expect(verify(forged).verdict).not.toBe("PASSED");
    }
    expect(verify(sealedLicence({ pki, serial: 13 })).verdict).toBe("PASSED");
  });
});

describe("the memory's bounds", () => {
  const bounds = { count: 3, weight: 800, sightings: 4 };
  const keep = (known: KnownBytes<string>, name: string, weight = 10): boolean => {
    const bytes = Buffer.from(name);
    if (known.find(name, bytes) !== undefined) return true;
    if (!known.wants(name, weight)) return false;
    known.keep(name, { bytes, value: name, weight });
    return true;
  };

  test("what comes once is not kept; the least recently used goes first", () => {
    const known = new KnownBytes<string>(bounds);
    expect([keep(known, "a"), keep(known, "a")]).toEqual([false, true]);
    for (const name of ["b", "c", "d"]) void [keep(known, name), known.find("a", Buffer.from("a")), keep(known, name)];
    expect(known.size).toBe(3);
    expect(known.find("a", Buffer.from("a"))).toBe("a");
    expect(known.find("b", Buffer.from("b"))).toBeUndefined();
  });

  test("the weight of all is bounded, and that of one; sightings are forgotten", () => {
    const known = new KnownBytes<string>({ ...bounds, count: 100 });
    for (let each = 0; each < 50; each++) void [keep(known, `n${each}`, 90), keep(known, `n${each}`, 90)];
    expect(known.weight).toBeLessThanOrEqual(800);
    expect([keep(known, "heavy", 101), keep(known, "heavy", 101)]).toEqual([false, false]);
    for (const name of ["p", "q", "r", "s", "t"]) keep(known, name);
    expect(keep(known, "p")).toBe(false);
    expect(keep(known, "t")).toBe(true);
  });

  test("a name with other bytes finds nothing", () => {
    const known = new KnownBytes<string>(bounds);
    known.keep("name", { bytes: Buffer.from("bytes"), value: "value", weight: 1 });
    expect(known.find("name", Buffer.from("bytez"))).toBeUndefined();
    expect(known.find("name", Buffer.from("byte"))).toBeUndefined();
    expect(known.find("name", Buffer.from("bytes"))).toBe("value");
  });

  test("documents that come twice do not fill it", () => {
    const flooded = newMemory();
    for (let serial = 0; serial < 120; serial++) {
      const bytes = sealedLicence({ pki, serial });
      void [verify(bytes, { memory: flooded }), verify(bytes, { memory: flooded })];
    }
    expect(flooded.documents.weight).toBeLessThanOrEqual(8 * 1024 * 1024);
    expect(flooded.documents.size).toBeLessThan(120);
  });
});
