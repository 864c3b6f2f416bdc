import { makeKey, type TestKey } from "#gateway/clients/test-clients.ts";
import { csvOf, type Row } from "#gateway/demo/records.ts";
import type { ClientEntry, Grant, Organisation, SourceEntry } from "#gateway/registry/entities.ts";
import { demoSeed } from "#gateway/registry/seed/demo-seed.ts";
import { type SeededService, startSeeded } from "./seeded-service.ts";
import { TITLE } from "./questions.ts";

const ANHUI: Organisation = { code: "11340000MB0E00011X", name: "示例市自然资源和规划局", region: "340100" };
const GUANGDONG: Organisation = { code: "11440000MB0E0002XC", name: "示例省自然资源厅", region: "440100" };

export const SECRET_WORDS = { anhui: "a-secret-of-these-tests-only", bare: "another-secret-of-these-tests" };

/** Whoever asks in these tests, each with a key of its own. */
export const KEYS = {
  "anhui-window": makeKey("ES256", "anhui-1"),
  "anhui-legacy": makeKey("EdDSA", "legacy-1"),
  "anhui-bare": makeKey("EdDSA", "bare-1"),
  "anhui-left": makeKey("EdDSA", "left-1"),
  "guangdong-window": makeKey("PS256", "guangdong-1"),
  "guangdong-slow": makeKey("EdDSA", "slow-1"),
  operator: makeKey("EdDSA", "operator-1"),
  "other-gateway": makeKey("EdDSA", "peer-1"),
} as const satisfies Record<string, TestKey>;
export type SceneClient = keyof typeof KEYS;

const client = (id: SceneClient, organisation: Organisation, members: Partial<ClientEntry> = {}): ClientEntry => ({
  id,
  organisation,
  roles: ["department"],
  active: true,
  keys: [KEYS[id].jwk],
  hmac: null,
  certificates: [],
  perMinute: 100_000,
  ...members,
});

const CLIENTS: readonly ClientEntry[] = [
  client("anhui-window", ANHUI),
  client("anhui-legacy", ANHUI, { hmac: { secret: "anhui", bodyDigest: "required" } }),
  client("anhui-bare", ANHUI, { hmac: { secret: "bare", bodyDigest: "absent" } }),
  client("anhui-left", ANHUI, { active: false, hmac: { secret: "anhui", bodyDigest: "required" } }),
  client("guangdong-window", GUANGDONG),
  client("guangdong-slow", GUANGDONG, { perMinute: 3 }),
  client("operator", ANHUI, { roles: ["operator"] }),
  client("other-gateway", GUANGDONG, { roles: ["peer"] }),
];

const table = (id: string, resource: string, columns: Readonly<Record<string, string>>): SourceEntry => ({
  id,
  resource,
  zh: "上传表格",
  en: "An uploaded table",
  settings: { kind: "table", mapping: { columns } },
});
const SOURCES = [
  table("titles", "real-estate-certificate", {
    证号: "certificateNumber",
    单元号: "unitNumber",
    权利人: "holderName",
    证件号: "holderCode",
    坐落: "location",
    状态: "state",
  }),
  table("marriages", "marriage-record", { 公民身份号码: "holderCode", 配偶公民身份号码: "spouseCode" }),
  table("control-points", "geodetic-control-results", { 点号: "pointNumber" }),
];

const TITLE_ROW: Row = {
  证号: TITLE,
  单元号: "340000001001GB00001F00000001",
  权利人: "张三",
  证件号: "11010519491231002X",
  坐落: "安徽省示例市示例区示例路1号",
  状态: "current",
};

/** Answers a day under Guangdong's grant. */
export const PER_DAY = 5;
const withQuota = (grant: Grant): Grant =>
  grant.id === "guangdong-real-estate" ? { ...grant, perDay: PER_DAY } : grant;

/** A gateway with one title in its register, the demo's grants and cases, and clients of every kind. */
export async function startScene(): Promise<SeededService> {
  const seed = demoSeed({
    now: Date.now(),
    credentials: {},
    issuers: {},
    sources: SOURCES,
    routes: Object.fromEntries(SOURCES.map(({ id, resource }) => [resource, { "340000": id }])),
  });
  const service = await startSeeded({
    seed: { ...seed, clients: CLIENTS, grants: seed.grants.map(withQuota) },
    keys: Object.fromEntries(Object.entries(KEYS).map(([id, { privateJwk }]) => [id, privateJwk])),
    secrets: SECRET_WORDS,
  });
  const call = { client: "operator", method: "PUT", headers: { "content-type": "text/csv" } };
  const report = await service.gateway.send("/v1/sources/titles/table", { ...call, body: csvOf([TITLE_ROW]) });
  if (report.body["replaced"] !== true) throw new Error(report.text);
  return service;
}
