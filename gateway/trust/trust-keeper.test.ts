import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makePki } from "#certs/issue/pki.ts";
import { readTrustArchive } from "#certs/trust/archive.ts";
import { buildTrustSnapshot, type TrustMaterial } from "#certs/trust/snapshot.ts";
import { TrustKeeper } from "./trust-keeper.ts";

const NOW = Date.now();
const first = makePki(NOW).trust;
const second = makePki(NOW).trust;
const broken: TrustMaterial = [{ name: "root.cer", bytes: new Uint8Array([0x30, 0x80]) }];

let archive: string;
beforeEach(() => {
  archive = join(mkdtempSync(join(tmpdir(), "trust-")), "snapshots");
});
afterEach(() => rmSync(join(archive, ".."), { recursive: true }));

type Scene = { material: TrustMaterial; readonly used: string[]; useFails: boolean };

function keeperOf(): { readonly scene: Scene; readonly keeper: TrustKeeper } {
  const scene: Scene = { material: first, used: [], useFails: false };
  const keeper = new TrustKeeper({
    read: () => scene.material,
    archive,
    async use({ digest }) {
      if (scene.useFails) throw new Error("no worker became ready");
      scene.used.push(digest);
    },
  });
  return { scene, keeper };
}

const digestOf = (material: TrustMaterial): string => buildTrustSnapshot(material).digest;

test("the first snapshot is there at once, and its material is kept", () => {
  const { keeper } = keeperOf();
  expect(keeper.current.digest).toBe(digestOf(first));
  expect(keeper.state).toMatchObject({ digest: digestOf(first), anchors: 1, problem: null });
  expect(keeper.state.currentUntil).toBeGreaterThan(NOW);
  const [name = ""] = readdirSync(archive);
  expect(name).toBe(`${digestOf(first).replace("sha256:", "")}.json`);
  expect(digestOf(readTrustArchive(readFileSync(join(archive, name), "utf8")))).toBe(digestOf(first));
});

test("nothing happens while the material stays as it is", async () => {
  const { scene, keeper } = keeperOf();
  expect(await keeper.refresh()).toBe(false);
  expect(scene.used).toEqual([]);
});

test("new material is put to use and kept beside the old", async () => {
  const { scene, keeper } = keeperOf();
  scene.material = second;
  expect(await keeper.refresh()).toBe(true);
  expect(scene.used).toEqual([digestOf(second)]);
  expect(keeper.current.digest).toBe(digestOf(second));
  expect(readdirSync(archive)).toHaveLength(2);
});

test("bad material is refused whole: the last good snapshot stays, and the reason is told", async () => {
  const { scene, keeper } = keeperOf();
  scene.material = [...second, ...broken.map(({ bytes }) => ({ name: "zz.cer", bytes }))];
  expect(await keeper.refresh()).toBe(false);
  expect(keeper.state).toMatchObject({ digest: digestOf(first), problem: expect.stringContaining("zz.cer") });
  expect(scene.used).toEqual([]);
  expect(readdirSync(archive)).toHaveLength(1);

  scene.material = second;
  expect(await keeper.refresh()).toBe(true);
  expect(keeper.state).toMatchObject({ digest: digestOf(second), problem: null });
});

test("a snapshot with which no worker starts is not taken over, and is tried again", async () => {
  const { scene, keeper } = keeperOf();
  scene.material = second;
  scene.useFails = true;
  expect(await keeper.refresh()).toBe(false);
  expect(keeper.state).toMatchObject({ digest: digestOf(first), problem: "no worker became ready" });
  scene.useFails = false;
  expect(await keeper.refresh()).toBe(true);
});

test("without any good material there is nothing to start with", () => {
  expect(() => new TrustKeeper({ read: () => broken, archive, use: async () => undefined })).toThrow("root.cer");
});

test("it tells when each certificate ends that trust rests on", () => {
  const { keeper } = keeperOf();
  const { anchors, intermediates } = buildTrustSnapshot(first);
  const { certificateEnds } = keeper.state;
  expect(certificateEnds).toHaveLength(anchors.length + intermediates.length);
  expect(intermediates.length).toBeGreaterThan(0);
  expect(Math.min(...certificateEnds)).toBeGreaterThan(NOW);
});
