import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { crl, makeChain } from "../x509/test-chain.ts";
import { readTrustDirectory } from "./directory.ts";
import { TrustError, buildTrustSnapshot } from "./snapshot.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "trust-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

test("certificates, CRLs and trust.json are read, other files and folders are not", () => {
  const chain = makeChain();
  writeFileSync(join(directory, "root.CER"), chain.root.certificate);
  writeFileSync(join(directory, "issuing.crt"), chain.issuing.certificate);
  writeFileSync(join(directory, "a.crl"), crl(chain.root));
  writeFileSync(join(directory, "trust.json"), "{}");
  writeFileSync(join(directory, "README.md"), "x");
  writeFileSync(join(directory, "issuing.crt~"), "x");
  mkdirSync(join(directory, "more.cer"));
  const material = readTrustDirectory(directory);
  expect(material.map(({ name }) => name)).toEqual(["a.crl", "issuing.crt", "root.CER", "trust.json"]);
  const trust = buildTrustSnapshot(material);
  expect([trust.anchors.length, trust.intermediates.length, trust.crls.length]).toEqual([1, 1, 1]);
});

test("an empty directory trusts nothing", () => {
  expect(buildTrustSnapshot(readTrustDirectory(directory)).anchors).toEqual([]);
});

test("a directory that is not there is named", () => {
  expect(() => readTrustDirectory(join(directory, "none"))).toThrow(TrustError);
});
