import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makePki } from "#certs/issue/pki.ts";
import { licenceMetadata } from "#certs/issue/sealed-licence.ts";
import type { SourceEntry } from "../entities.ts";
import { grantFor } from "../grant-choice.ts";
import { openRegistry } from "../open-registry.ts";
import type { FillableRegistry } from "../registry.ts";
import { acceptSource, keyPair } from "../test-entries.ts";
import { readEntry } from "../validation/read-entry.ts";
import { CATALOGUE } from "./catalogue.ts";
import { type DemoParameters, demoSeed } from "./demo-seed.ts";
import { ITEMS } from "./items.ts";
import { readSeed } from "./read-seed.ts";
import { type Seed, seedRegistry } from "./seed.ts";

const NOW = Date.parse("2026-11-21T00:00:00Z");
const ANHUI = "11340000MB0E00011X";
const GUANGDONG = "11440000MB0E0002XC";
const SHACHE = "11653125MB0E00038F";

let directory: string;
let registry: FillableRegistry;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "registry-"));
  registry = openRegistry(join(directory, "registry.sqlite"), { checkSource: acceptSource });
});
afterEach(async () => {
  await registry.close();
  rmSync(directory, { recursive: true, force: true });
});

const { publicKey, privateKey } = keyPair({ type: "ed25519", alg: "EdDSA" });
const SOURCE: SourceEntry = {
  id: "anhui-real-estate",
  resource: "real-estate-certificate",
  zh: "示例市不动产登记库",
  en: "Land register of Anhui",
  settings: { kind: "table" },
};
const PARAMETERS: DemoParameters = {
  now: NOW,
  credentials: {
    "anhui-window": { keys: [publicKey] },
    "guangdong-window": { keys: [publicKey], hmac: { secret: "guangdong-window", bodyDigest: "required" } },
    "shache-window": { keys: [publicKey], certificates: ["0".repeat(64)] },
    operator: { keys: [publicKey] },
    auditor: { keys: [publicKey] },
    "anhui-approver": { keys: [publicKey] },
  },
  issuers: { "real-estate-certificate": [ANHUI] },
  sources: [SOURCE],
  routes: { "real-estate-certificate": { "340000": SOURCE.id } },
};

const fieldsOf = (id: string): readonly string[] => Object.keys(CATALOGUE.find((each) => each.id === id)?.fields ?? {});
const usedBy = (code: string): readonly string[] => Object.keys(ITEMS.find((each) => each.code === code)?.uses ?? {});

describe("catalogue", () => {
  test("has each resource once, and each is valid", () => {
    expect(CATALOGUE.map(({ id }) => id).sort()).toEqual(
      [
        "business-licence",
        "exploration-licence",
        "geodetic-control-results",
        "identity-card",
        "marriage-record",
        "mineral-rights-contract",
        "mining-licence",
        "presale-contract-filing",
        "presale-permit",
        "real-estate-certificate",
        "real-estate-encumbrance-certificate",
        "real-estate-register-state",
        "social-insurance",
        "surveying-qualification",
        "surveying-results-receipt",
        "surveyor-card",
        "tax-clearance",
      ].sort(),
    );
    for (const resource of CATALOGUE) expect(readEntry("resource", resource).entry).toEqual(resource);
  });

  test("keeps the types of the demo licences, with the fields that a licence shows", () => {
    const pki = makePki(NOW);
    const typeOf = (authority: "anhui" | "guangdong" | "shache"): string | undefined =>
      licenceMetadata({ pki, authority })["ZZLXDM"];
    const typesOf = (id: string) => CATALOGUE.find((each) => each.id === id)?.licence?.typeCodes;
    expect(typesOf("real-estate-certificate")).toEqual([typeOf("anhui")]);
    expect(typesOf("mining-licence")).toEqual([typeOf("guangdong")]);
    expect(typesOf("surveyor-card")).toEqual([typeOf("shache")]);
    expect([pki.authorities.anhui.code, pki.authorities.guangdong.code, pki.authorities.shache.code]).toEqual([
      ANHUI,
      GUANGDONG,
      SHACHE,
    ]);
  });

  test("what says most of a person is classed so", () => {
    const classes = CATALOGUE.flatMap(({ id, fields }) =>
      Object.entries(fields).map(([name, { type, classification }]) => ({
        place: `${id}.${name}`,
        type,
        classification,
      })),
    );
    for (const { place, type, classification } of classes) {
      if (type === "resident-number" || type === "holder-code" || type === "account")
        expect(`${place} ${classification}`).toBe(`${place} sensitive`);
      if (type === "phone") expect(["personal", "sensitive"]).toContain(classification);
    }
    expect(CATALOGUE.find(({ id }) => id === "geodetic-control-results")?.sharing).toMatchObject({
      kind: "not-shared",
      legalBasis: expect.stringContaining("《中华人民共和国保守国家秘密法》"),
    });
  });
});

describe("items", () => {
  test("are the sixteen, in their order", () => {
    expect(ITEMS.map(({ code }) => code)).toEqual(
      Array.from({ length: 16 }, (_, index) => `MNR-1161-${String(index + 1).padStart(2, "0")}`),
    );
    expect(ITEMS.map(({ group }) => group)).toEqual([
      ...Array.from({ length: 3 }, () => "real-estate"),
      ...Array.from({ length: 10 }, () => "mining"),
      ...Array.from({ length: 3 }, () => "surveying"),
    ]);
    expect(new Set(ITEMS.flatMap(({ zh, en, aliases }) => [zh, en, ...aliases])).size).toBe(
      ITEMS.flatMap(({ aliases }) => aliases).length + 32,
    );
  });

  test("use the resources that their matter needs, and no others", () => {
    for (const code of ["MNR-1161-01", "MNR-1161-02", "MNR-1161-03"])
      expect(usedBy(code)).toEqual(
        expect.arrayContaining(["identity-card", "real-estate-certificate", "marriage-record"]),
      );
    expect(usedBy("MNR-1161-14")).not.toContain("real-estate-certificate");
    expect(usedBy("MNR-1161-14")).toContain("surveyor-card");
    expect(usedBy("MNR-1161-15")).toContain("geodetic-control-results");
    const users = (resource: string): string[] =>
      ITEMS.filter(({ uses }) => Object.hasOwn(uses, resource)).map(({ code }) => code.slice(-2));
    expect(users("exploration-licence")).toEqual(["04", "05", "06", "07", "08", "09"]);
    expect(users("mining-licence")).toEqual(["09", "10", "11", "12", "13"]);
    expect(users("mineral-rights-contract")).toEqual(["04", "07", "09", "10", "12"]);
    expect(users("marriage-record")).toEqual(["01", "02", "03"]);
    expect(users("social-insurance")).toEqual(["14"]);
  });
});

describe("demo", () => {
  test("fills an empty registry once", async () => {
    const seed = demoSeed(PARAMETERS);
    expect(await seedRegistry(registry, seed, "seed")).toBe(true);
    expect(await seedRegistry(registry, seed, "seed")).toBe(false);
    expect(registry.resources()).toHaveLength(CATALOGUE.length);
    expect(registry.items()).toHaveLength(16);
    expect(registry.resource("real-estate-certificate")).toMatchObject({
      sources: { "340000": SOURCE.id },
      licence: { issuers: [ANHUI] },
    });
    expect(registry.resource("mining-licence")).toMatchObject({ sources: {}, licence: { issuers: [] } });
    expect(registry.client("guangdong-window")).toMatchObject({
      organisation: { code: GUANGDONG, region: "440100" },
      roles: ["department"],
      keys: [publicKey],
      hmac: { secret: "guangdong-window" },
    });
    const history = await registry.history({ after: 0, limit: 1000 });
    expect(history.every(({ by, version }) => by === "seed" && version === 1)).toBe(true);
  });

  test("three departments, three items, one question: grants that differ, and an item that does not use it", async () => {
    await seedRegistry(registry, demoSeed(PARAMETERS), "seed");
    const grantOf = (organisation: string, item: string) =>
      grantFor(registry.grants(organisation, "real-estate-certificate"), item, NOW);
    const fields = [grantOf(ANHUI, "MNR-1161-03"), grantOf(GUANGDONG, "MNR-1161-02"), grantOf(SHACHE, "MNR-1161-01")];
    expect(fields.map((grant) => grant?.state)).toEqual(["live", "live", "live"]);
    expect(new Set(fields.map((grant) => grant?.fields.join(" "))).size).toBe(3);
    expect(fields[0]?.fields).toEqual(fieldsOf("real-estate-certificate"));
    expect(fields[1]?.perDay).toBe(500);
    expect(registry.item("MNR-1161-14")?.uses["real-estate-certificate"]).toBeUndefined();
  });

  test("has an expired grant, a suspended one, open cases and closed ones for each department", async () => {
    await seedRegistry(registry, demoSeed(PARAMETERS), "seed");
    const stateOf = (organisation: string, resource: string, item: string) =>
      grantFor(registry.grants(organisation, resource), item, NOW)?.state;
    expect(stateOf(GUANGDONG, "marriage-record", "MNR-1161-02")).toBe("expired");
    expect(stateOf(SHACHE, "social-insurance", "MNR-1161-14")).toBe("suspended");
    for (const organisation of [ANHUI, GUANGDONG, SHACHE]) {
      expect(await registry.case(organisation, "BJ-2026-0001")).toMatchObject({ state: "open" });
      expect(await registry.case(organisation, "BJ-2026-0009")).toMatchObject({ state: "closed" });
    }
  });

  test("every open case is for an item of which something is granted or open to all", async () => {
    const { cases, grants } = demoSeed(PARAMETERS);
    for (const { organisation, item, number } of cases) {
      const uses = usedBy(item);
      const open = uses.some((id) => CATALOGUE.find((each) => each.id === id)?.sharing.kind === "unconditional");
      const granted = grants.some((grant) => grant.organisation === organisation && grant.items.includes(item));
      expect(`${number}: ${open || granted}`).toBe(`${number}: true`);
    }
  });

  test("a seed that does not hold together changes nothing", async () => {
    const seed = demoSeed({ ...PARAMETERS, sources: [] });
    await expect(seedRegistry(registry, seed, "seed")).rejects.toMatchObject({
      code: "ENTRY_INVALID",
      detail: "resource real-estate-certificate: sources.340000: names a source that does not exist",
    });
    expect(registry.resources()).toEqual([]);
    expect(await registry.history({ after: 0, limit: 10 })).toEqual([]);
  });
});

describe("seed file", () => {
  const written = (content: unknown): string => {
    const file = join(directory, "seed.json");
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
    return file;
  };
  function refusalOf(content: unknown): string {
    try {
      readSeed(written(content));
    } catch (error) {
      expect(error).toMatchObject({ name: "ConfigError" });
      return (error as Error).message;
    }
    return "accepted";
  }

  test("is read as it was written, and fills a registry", async () => {
    const seed = demoSeed(PARAMETERS);
    const read = readSeed(written(seed));
    expect(read).toEqual(seed);
    expect(await seedRegistry(registry, read, "seed")).toBe(true);
  });

  test("a kind that is missing has no entries", () => {
    const empty: Seed = { resources: [], items: [], sources: [], clients: [], grants: [], cases: [] };
    expect(readSeed(written({}))).toEqual(empty);
    expect(readSeed(written({ items: ITEMS }))).toEqual({ ...empty, items: ITEMS });
  });

  test.each([
    ["", "is no JSON"],
    ["{", "is no JSON"],
    ["[]", "must be an object"],
    ["null", "must be an object"],
    ['{"users": []}', "users: is not a member of this entry"],
    ['{"items": {}}', "items: must be a list"],
    ['{"items": [{}]}', "items.0.code: is missing"],
    [{ items: [ITEMS[0], ITEMS[0]] }, "items.1: stands there twice"],
    [
      { clients: [{ ...demoSeed(PARAMETERS).clients[0], keys: [privateKey] }] },
      "clients.0.keys.0.d: belongs to a private or shared key: only public keys are kept",
    ],
  ])("%j is refused", (content, reason) => {
    const message = refusalOf(content);
    expect(message).toMatch(/^TONGYAN_SEED: /);
    expect(message.endsWith(reason)).toBe(true);
    expect(message).not.toContain(String(privateKey.d));
  });

  test("a file that cannot be read is named", () => {
    expect(() => readSeed(join(directory, "none.json"))).toThrow(
      /^TONGYAN_SEED: .*none\.json cannot be read \(ENOENT\)$/,
    );
    expect(() => readSeed(directory)).toThrow(/cannot be read/);
  });
});
