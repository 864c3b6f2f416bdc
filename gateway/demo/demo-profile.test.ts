import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readTrustDirectory } from "#certs/trust/directory.ts";
import { buildTrustSnapshot } from "#certs/trust/snapshot.ts";
import { type DemoProfile, ensureDemo } from "./demo-profile.ts";

const NOW = Date.now();
const YEAR = 366 * 86_400_000;

let data: string;
let demo: DemoProfile;
beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), "demo-"));
  demo = ensureDemo(data, NOW);
});
afterAll(() => rmSync(data, { recursive: true }));

const rootOf = (profile: DemoProfile): string => readFileSync(join(profile.trustDirectory, "root.cer")).toString("hex");

test("trust, every file that is named, and a README are there; nothing half-made is", () => {
  expect(buildTrustSnapshot(readTrustDirectory(demo.trustDirectory)).anchors).toHaveLength(1);
  const readme = readFileSync(join(demo.directory, "README.md"), "utf8");
  for (const { name, verdict } of demo.files) {
    expect(existsSync(join(demo.directory, name))).toBe(true);
    expect(readme).toContain(`| ${name} | ${verdict} |`);
  }
  expect(readdirSync(data)).toEqual(["demo"]);
});

test("it is kept while it is whole and current", () => {
  const root = rootOf(demo);
  expect(ensureDemo(data, NOW + 1000)).toEqual(demo);
  expect(rootOf(demo)).toBe(root);
});

test.each<readonly [string, number, () => void]>([
  ["its CRL has ended", NOW + YEAR, () => undefined],
  ["a licence is missing", NOW, () => rmSync(join(demo.directory, "realestate-v4.ofd"))],
  ["its trust is missing", NOW, () => rmSync(demo.trustDirectory, { recursive: true })],
  ["a CRL is missing", NOW, () => rmSync(join(demo.trustDirectory, "root.crl"))],
  ["its index is damaged", NOW, () => writeFileSync(join(demo.directory, "index.json"), "{")],
  ["its index is another thing", NOW, () => writeFileSync(join(demo.directory, "index.json"), "[]")],
])("it is made anew when %s", (_why, now, spoil) => {
  const root = rootOf(ensureDemo(data, NOW));
  spoil();
  expect(rootOf(ensureDemo(data, now))).not.toBe(root);
  // Back to a demo of now, for the next case.
  rmSync(demo.directory, { recursive: true });
});
