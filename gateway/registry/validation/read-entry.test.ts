import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EntryKind } from "../entities.ts";
import { CASE, CASE_ID, CLIENT, GRANT, ITEM, keyPair, RESOURCE, SOURCE } from "../test-entries.ts";
import { readEntry, readEntryAt } from "./read-entry.ts";

type Changes = Readonly<Record<string, unknown>>;
type Refusal = readonly [path: string, changes: Changes];

const VALID = {
  resource: RESOURCE,
  item: ITEM,
  client: CLIENT,
  grant: GRANT,
  case: CASE,
  source: SOURCE,
} as const;
const KINDS = Object.keys(VALID) as EntryKind[];

function refusalOf(kind: EntryKind, value: unknown): string {
  try {
    readEntry(kind, value);
  } catch (error) {
    expect(error).toMatchObject({ name: "Fault", code: "ENTRY_INVALID" });
    return (error as { readonly detail: string }).detail;
  }
  return "accepted";
}

const NUMBER = "11010519491231002X";
const field = { zh: "电话", en: "Telephone", type: "text", classification: "public" };
const withField = (changes: Changes): Changes => ({ fields: { ...RESOURCE.fields, extra: { ...field, ...changes } } });
const withLicence = (changes: Changes): Changes => ({ licence: { ...RESOURCE.licence, ...changes } });
const many = (count: number, name: (index: number) => string): string[] =>
  Array.from({ length: count }, (_, n) => name(n));

const REFUSED: { readonly [Kind in EntryKind]: readonly Refusal[] } = {
  resource: [
    ["id", { id: "Mining" }],
    ["id", { id: "" }],
    ["id", { id: "m".repeat(64) }],
    ["id", { id: "a/b" }],
    ["id", { id: "constructor\n" }],
    ["zh", { zh: "" }],
    ["zh", { zh: " 采矿许可证" }],
    ["zh", { zh: "采矿许可证\u202e" }],
    ["zh", { zh: "采矿\u0000许可证" }],
    ["zh", { zh: "采\ud800矿" }],
    ["zh", { zh: "证".repeat(201) }],
    ["en", { en: 7 }],
    ["provider.code", { provider: { code: "11100000MB03271698", name: "自然资源部" } }],
    ["provider.name", { provider: { code: "11100000MB03271699", name: null } }],
    ["provider", { provider: "11100000MB03271699" }],
    ["provider.secret", { provider: { ...RESOURCE.provider, secret: 1 } }],
    ["sharing.kind", { sharing: { kind: "free" } }],
    ["sharing", { sharing: "unconditional" }],
    ["sharing.conditions", { sharing: { kind: "conditional" } }],
    ["sharing.conditions", { sharing: { kind: "unconditional", conditions: "无" } }],
    ["sharing.legalBasis", { sharing: { kind: "not-shared" } }],
    ["sharing.legalBasis", { sharing: { kind: "not-shared", legalBasis: "依法不予共享" } }],
    ["classification", { classification: "public" }],
    ["updateFrequency", { updateFrequency: "hourly" }],
    ["fields", { fields: {} }],
    ["fields", { fields: [] }],
    ["fields", { fields: Object.fromEntries(many(501, (n) => `f${n}`).map((name) => [name, field])) }],
    ["fields.Name", { fields: { ...RESOURCE.fields, Name: field } }],
    ["fields.constructor", { fields: { ...RESOURCE.fields, constructor: field } }],
    ["fields.*", { fields: { ...RESOURCE.fields, 名称: field } }],
    ["fields.*", { fields: JSON.parse(`{"__proto__": ${JSON.stringify(field)}}`) }],
    ["fields.extra.type", withField({ type: "blob" })],
    ["fields.extra.type", withField({ type: "constructor" })],
    ["fields.extra.classification", withField({ classification: "secret" })],
    ["fields.extra.classification", withField({ type: "resident-number", classification: "personal" })],
    ["fields.extra.classification", withField({ type: "account", classification: "personal" })],
    ["fields.extra.classification", withField({ type: "phone", classification: "general" })],
    ["fields.extra.classification", withField({ type: "holder-code", classification: "public" })],
    ["fields.extra.unit", withField({ unit: "m" })],
    ["keys", { keys: [] }],
    ["keys.0", { keys: [[]] }],
    ["keys.0", { keys: [["number"]] }],
    ["keys.0", { keys: [["toString"]] }],
    ["keys.0.1", { keys: [["licenceNumber", "licenceNumber"]] }],
    [
      "keys.1",
      {
        keys: [
          ["licenceNumber", "state"],
          ["state", "licenceNumber"],
        ],
      },
    ],
    ["sources.*", { sources: { anhui省: "anhui-mining" } }],
    ["sources.340", { sources: { 340: "anhui-mining" } }],
    ["sources.990000", { sources: { 990000: "anhui-mining" } }],
    ["sources.340000", { sources: { "340000": "http://x" } }],
    ["licence.typeCodes", withLicence({ typeCodes: [] })],
    ["licence.typeCodes.0", withLicence({ typeCodes: ["11100000MB03271698101"] })],
    ["licence.typeCodes.0", withLicence({ typeCodes: ["11100000MB0327169910"] })],
    ["licence.typeCodes.1", withLicence({ typeCodes: ["11100000MB03271699101", "11100000MB03271699101"] })],
    ["licence.number", withLicence({ number: "cardNumber" })],
    ["licence.number", withLicence({ number: "state" })],
    ["licence.state", withLicence({ state: "status" })],
    ["licence.holderName", withLicence({ holderName: "holder" })],
    ["licence.holderCode", withLicence({ holderCode: "hasOwnProperty" })],
    ["licence.states", withLicence({ states: {} })],
    ["licence.states.current", withLicence({ states: { current: "valid" } })],
    ["licence.issuers.0", withLicence({ issuers: ["11340000MB0E00012X"] })],
    ["licence.issuers.1", withLicence({ issuers: ["340000", "999999"] })],
    ["licence.fee", withLicence({ fee: 1 })],
  ],
  item: [
    ["code", { code: "" }],
    ["code", { code: "采矿" }],
    ["code", { code: "A".repeat(65) }],
    ["group", { group: "forestry" }],
    ["aliases", { aliases: "采矿权变更登记" }],
    ["aliases.1", { aliases: ["甲", "甲"] }],
    ["uses.*", { uses: { "Mining Licence": ["state"] } }],
    ["uses.mining-licence", { uses: { "mining-licence": [] } }],
    ["uses.mining-licence.1", { uses: { "mining-licence": ["state", "state"] } }],
    ["uses.mining-licence.0", { uses: { "mining-licence": [{ name: "state" }] } }],
  ],
  client: [
    ["id", { id: "local" }],
    ["id", { id: "anonymous" }],
    ["organisation.code", { organisation: { ...CLIENT.organisation, code: NUMBER } }],
    ["organisation.region", { organisation: { ...CLIENT.organisation, region: "34" } }],
    ["organisation.region", { organisation: { ...CLIENT.organisation, region: "340100001" } }],
    ["roles", { roles: [] }],
    ["id", { id: "seed" }],
    ["id", { id: "demo" }],
    ["roles", { roles: ["operator", "auditor"] }],
    ["roles", { roles: ["portal", "department"] }],
    ["roles", { roles: ["department", "operator"] }],
    ["roles", { roles: ["operator", "approver"] }],
    ["roles", { roles: ["peer", "department"] }],
    ["roles", { roles: ["operator", "peer"] }],
    ["roles.0", { roles: ["admin"] }],
    ["roles.1", { roles: ["department", "department"] }],
    ["active", { active: "true" }],
    ["active", { active: 1 }],
    ["hmac.secret", { hmac: { secret: "../../etc/passwd", bodyDigest: "required" } }],
    ["hmac.secret", { hmac: { secret: "", bodyDigest: "required" } }],
    ["hmac.bodyDigest", { hmac: { secret: "anhui", bodyDigest: "optional" } }],
    ["hmac", { hmac: undefined }],
    ["certificates.0", { certificates: ["0123456789ABCDEF".repeat(4)] }],
    ["certificates.0", { certificates: ["00"] }],
    ["perMinute", { perMinute: 0 }],
    ["perMinute", { perMinute: 1.5 }],
    ["perMinute", { perMinute: "600" }],
    ["perMinute", { perMinute: Number.NaN }],
    ["password", { password: "123456" }],
  ],
  grant: [
    ["organisation", { organisation: "11340000MB0E00012X" }],
    ["fields", { fields: [] }],
    ["items", { items: [] }],
    ["items.0", { items: ["采矿"] }],
    ["from", { from: "2026-01-01" }],
    ["from", { from: "2026-01-01T00:00:00" }],
    ["from", { from: "2026-02-29T00:00:00Z" }],
    ["from", { from: "2026-01-01T24:00:00Z" }],
    ["from", { from: "2026-01-01T00:00:60Z" }],
    ["from", { from: 1_767_225_600_000 }],
    ["until", { until: GRANT.from }],
    ["until", { until: "2025-12-31T15:59:59Z" }],
    ["until", { until: "2031-01-01T00:00:01+08:00" }],
    ["perDay", { perDay: 0 }],
    ["perDay", { perDay: -1 }],
    ["basis", { basis: "" }],
    ["scene", { scene: "x".repeat(2001) }],
    ["suspended", { suspended: null }],
  ],
  case: [
    ["number", { number: "" }],
    ["number", { number: "a/b" }],
    ["number", { number: "-1" }],
    ["number", { number: "BJ 2026" }],
    ["number", { number: "B".repeat(65) }],
    ["number", { number: NUMBER }],
    ["number", { number: NUMBER.toLowerCase() }],
    ["organisation", { organisation: "local" }],
    ["state", { state: "paused" }],
    ["official", { official: "zhang" }],
  ],
  source: [
    ["settings", { settings: "table" }],
    ["settings.kind", { settings: {} }],
    ["settings.kind", { settings: { kind: "Table" } }],
    ["settings.url", { settings: { kind: "sql", url: "postgres://reader:secret@10.0.0.1/land" } }],
    ["settings.key", { settings: { kind: "sql", key: "-----BEGIN EC PRIVATE KEY-----\nMHc" } }],
    ["settings.limit", { settings: { kind: "table", limit: Number.POSITIVE_INFINITY } }],
    ["settings.when", { settings: { kind: "table", when: undefined } }],
    ["settings.when", { settings: { kind: "table", when: () => 1 } }],
    ["settings.*", { settings: JSON.parse('{"kind": "table", "__proto__": {"kind": "sql"}}') }],
    ["settings.text", { settings: { kind: "table", text: "x".repeat(10_001) } }],
    ["settings.text", { settings: { kind: "table", text: "\udc00" } }],
    ["settings", { settings: { kind: "table", rows: Array.from({ length: 5000 }, () => 0) } }],
    ["settings", { settings: { kind: "table", deep: JSON.parse("[".repeat(200) + "]".repeat(200)) } }],
  ],
};

describe.each(KINDS)("%s", (kind) => {
  test("a valid entry is read as a frozen copy, equal to what came", () => {
    const { entry } = readEntry(kind, VALID[kind]);
    expect(entry).toEqual(VALID[kind]);
    expect(entry).not.toBe(VALID[kind]);
    expectFrozen(entry);
  });

  test.each(REFUSED[kind])("%s is refused: %j", (path, changes) => {
    expect(refusalOf(kind, { ...VALID[kind], ...changes })).toMatch(new RegExp(`^${path.replaceAll("*", "\\*")}[:.]`));
  });

  test.each(Object.keys(VALID[kind]))("%s must be there", (name) => {
    const without = Object.fromEntries(Object.entries(VALID[kind]).filter(([each]) => each !== name));
    expect(refusalOf(kind, without)).toBe(`${name}: is missing`);
  });

  test.each([null, undefined, [], "", 1, true])("%j is no entry", (value) => {
    expect(refusalOf(kind, value)).toBe("must be an object");
  });

  test("an unknown member is refused, and named only when its name is plain", () => {
    expect(refusalOf(kind, { ...VALID[kind], extra: 1 })).toBe("extra: is not a member of this entry");
    expect(refusalOf(kind, { ...VALID[kind], [NUMBER]: 1 })).toBe("*: is not a member of this entry");
    expect(refusalOf(kind, JSON.parse(`{"__proto__": {}, ${JSON.stringify(VALID[kind]).slice(1)}`))).toBe(
      "*: is not a member of this entry",
    );
  });

  test("never throws anything but a refusal, whose detail holds no value", () => {
    const members = Object.keys(VALID[kind]);
    fc.assert(
      fc.property(fc.constantFrom(...members), fc.jsonValue(), (name, value) => {
        const detail = refusalOf(kind, { ...VALID[kind], [name]: value });
        if (typeof value === "string" && value.length > 12) expect(detail).not.toContain(value);
      }),
    );
  });
});

test("no detail ever holds the value", () => {
  for (const kind of KINDS) {
    for (const name of Object.keys(VALID[kind])) {
      const detail = refusalOf(kind, { ...VALID[kind], [name]: `x ${NUMBER}` });
      expect(detail).not.toContain(NUMBER);
    }
  }
});

function expectFrozen(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  expect(Object.isFrozen(value)).toBe(true);
  for (const each of Object.values(value)) expectFrozen(each);
}

describe("near misses that pass", () => {
  const passes = (kind: EntryKind, changes: Changes): void =>
    expect(refusalOf(kind, { ...VALID[kind], ...changes })).toBe("accepted");

  test.each<Changes>([
    { zh: "证".repeat(200) },
    { sharing: { kind: "unconditional" } },
    { sharing: { kind: "not-shared", legalBasis: "依据《中华人民共和国保守国家秘密法》不予共享。" } },
    withField({ type: "resident-number", classification: "sensitive" }),
    withField({ type: "holder-code", classification: "personal" }),
    { fields: { ...RESOURCE.fields, extra_2: field } },
    { keys: [["licenceNumber"], ["holderCode", "licenceNumber"]] },
    { keys: [["licenceNumber", "holderName", "holderCode"], ["state"]] },
    { sources: { "000000": "anhui-mining", "340100": "anhui-mining", "659001": "anhui-mining" } },
    { sources: {} },
    { licence: null },
    withLicence({ issuers: [] }),
    withLicence({ issuers: ["MB0E00011", "653125"] }),
  ])("resource %j", (changes) => passes("resource", changes));

  test.each<Changes>([
    { roles: ["operator"] },
    { roles: ["operator", "provider"] },
    { roles: ["peer"] },
    { id: "seed-office" },
    { roles: ["department", "approver"] },
    { hmac: null },
    { hmac: { secret: "a.b-c_1", bodyDigest: "absent" } },
    { certificates: [] },
    { perMinute: 1_000_000 },
    { keys: [keyPair({ type: "ec", alg: "ES256" }).publicKey] },
  ])("client %#", (changes) => passes("client", changes));

  test.each<Changes>([
    { from: "2024-02-29T23:59:59.999Z", until: "2024-03-01T00:00:00Z" },
    { from: "2026-01-01T00:00:00Z", until: "2026-01-01T00:00:00-01:00" },
    { until: "2031-01-01T00:00:00+08:00" },
    { perDay: null },
  ])("grant %j", (changes) => passes("grant", changes));

  test.each(["2026〔0001〕号", "皖办（2026）1号", "1", "11010519491231002Y", "x".repeat(64)])("case %s", (number) =>
    passes("case", { number }),
  );

  test.each<Changes>([
    { settings: { kind: "http-json", url: "https://land.example.cn/v1/query?at=a@b" } },
    { settings: { kind: "sql", passwordSecret: "land-reader", note: "user@host" } },
    { settings: { kind: "table", nested: [[[{ a: [{}] }]]], empty: "" } },
  ])("source %j", (changes) => passes("source", changes));
});

test("an entry is kept under its own id, a case under its organisation's", () => {
  expect(readEntry("item", ITEM).id).toBe("MNR-1161-10");
  expect(readEntry("case", CASE).id).toBe(CASE_ID);
  expect(readEntryAt("grant", "anhui-mining", GRANT)).toEqual(GRANT);
  expect(() => readEntryAt("grant", "other", GRANT)).toThrow("id: must be the one that it is kept under");
  expect(() => readEntryAt("item", "MNR-1161-11", ITEM)).toThrow("code: must be the one that it is kept under");
});

test("maps by outside names find nothing but what was put there", () => {
  const { entry } = readEntry("resource", RESOURCE);
  const { fields, sources } = entry;
  for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
    expect(fields[name]).toBeUndefined();
    expect(sources[name]).toBeUndefined();
  }
});
