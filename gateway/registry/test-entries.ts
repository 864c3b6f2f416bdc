// Entries for tests of the registry: each is valid, and they name one another.
import { generateKeyPairSync } from "node:crypto";
import type { JWK } from "jose";
import { SettingsError } from "#connectors/settings.ts";
import type { Case, ClientEntry, Grant, Item, Resource, SourceEntry } from "./entities.ts";
import type { NewEntry } from "./registry.ts";
import type { CheckSource } from "./validation/references.ts";

export const ORGANISATION = "11340000MB0E00011X";
export const OTHER_ORGANISATION = "11440000MB0E0002XC";

export const RESOURCE: Resource = {
  id: "mining-licence",
  zh: "采矿许可证",
  en: "Mining licence",
  provider: { code: "11100000MB03271699", name: "自然资源部" },
  sharing: { kind: "conditional", conditions: "用于矿业权登记。" },
  classification: "general",
  updateFrequency: "daily",
  fields: {
    licenceNumber: { zh: "许可证号", en: "Number", type: "certificate-number", classification: "public" },
    holderName: { zh: "采矿权人", en: "Holder", type: "name", classification: "public" },
    holderCode: { zh: "信用代码", en: "Credit code", type: "credit-code", classification: "public" },
    state: { zh: "状态", en: "State", type: "code", classification: "public" },
  },
  keys: [["licenceNumber"]],
  sources: { "340000": "anhui-mining" },
  licence: {
    typeCodes: ["11100000MB03271699101"],
    number: "licenceNumber",
    state: "state",
    holderName: "holderName",
    holderCode: "holderCode",
    states: { current: "in-force", 注销: "cancelled" },
    issuers: [ORGANISATION, "340000"],
  },
};

export const SOURCE: SourceEntry = {
  id: "anhui-mining",
  resource: "mining-licence",
  zh: "安徽采矿许可证库",
  en: "Anhui mining licences",
  settings: { kind: "table", columns: { licenceNumber: "证号" }, limits: [1, 2.5, null, true] },
};

export const ITEM: Item = {
  code: "MNR-1161-10",
  zh: "采矿权变更",
  en: "Mining right, change",
  aliases: ["采矿权变更登记"],
  group: "mining",
  uses: { "mining-licence": ["licenceNumber", "holderName", "state"] },
};

export const GRANT: Grant = {
  id: "anhui-mining",
  organisation: ORGANISATION,
  resource: "mining-licence",
  fields: ["licenceNumber", "state"],
  items: ["MNR-1161-10"],
  from: "2026-01-01T00:00:00+08:00",
  until: "2027-01-01T00:00:00+08:00",
  perDay: 100,
  basis: "《政务数据共享条例》",
  scene: "窗口受理",
  suspended: false,
};

export const CLIENT: ClientEntry = {
  id: "anhui-window",
  organisation: { code: ORGANISATION, name: "示例市自然资源和规划局", region: "340100" },
  roles: ["department"],
  active: true,
  keys: [],
  hmac: { secret: "anhui-window.hmac", bodyDigest: "required" },
  certificates: ["0123456789abcdef".repeat(4)],
  perMinute: 600,
};

export const CASE: Case = { number: "BJ-2026-0001", organisation: ORGANISATION, item: "MNR-1161-10", state: "open" };
export const CASE_ID = `${ORGANISATION}/BJ-2026-0001`;

/** All of the above, in an order in which they can be told apart. */
export const ENTRIES: readonly NewEntry[] = [
  { kind: "resource", entry: RESOURCE },
  { kind: "source", entry: SOURCE },
  { kind: "item", entry: ITEM },
  { kind: "client", entry: CLIENT },
  { kind: "grant", entry: GRANT },
  { kind: "case", entry: CASE },
];

/** As connectors do it: settings of a table have columns, each a field of the resource. */
export const checkSource: CheckSource = (settings, resource) => {
  const columns = settings["columns"];
  if (typeof columns !== "object" || columns === null) throw new SettingsError("columns: must be an object");
  const unknown = Object.keys(columns).find((name) => !Object.hasOwn(resource.fields, name));
  if (unknown !== undefined) throw new SettingsError(`columns.${unknown}: is no field of the resource`);
};

export const acceptSource: CheckSource = () => undefined;

type KeyAsked = {
  readonly type: "ec" | "ed25519" | "rsa";
  readonly alg: string;
  readonly bits?: number;
  readonly curve?: string;
};

/** A new key pair as JWKs; `privateKey` holds the private members too. */
export function keyPair(
  { type, alg, bits = 2048, curve = "P-256" }: KeyAsked,
  kid = "key-1",
): {
  readonly publicKey: JWK;
  readonly privateKey: JWK;
} {
  const made = pairOf(type, bits, curve);
  const named = (key: JWK): JWK => ({ ...key, kid, alg });
  return {
    publicKey: named(made.publicKey.export({ format: "jwk" })),
    privateKey: named(made.privateKey.export({ format: "jwk" })),
  };
}

function pairOf(type: KeyAsked["type"], modulusLength: number, namedCurve: string) {
  if (type === "ec") return generateKeyPairSync("ec", { namedCurve });
  return type === "rsa" ? generateKeyPairSync("rsa", { modulusLength }) : generateKeyPairSync("ed25519");
}
