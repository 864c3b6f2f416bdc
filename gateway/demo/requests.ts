import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DemoClient } from "#gateway/registry/seed/demo-seed.ts";
import type { DemoRecords } from "./records.ts";

/** A call to try: `expected` is what the answer's outcome or code must be. */
export type DemoRequest = {
  readonly name: string;
  readonly client: DemoClient;
  readonly route: "/v1/lookups" | "/v1/matches";
  readonly expected: string;
  readonly zh: string;
  readonly en: string;
  readonly body: object;
};

export const ANHUI = { organisation: "11340000MB0E00011X", official: "window-01" };
const GUANGDONG = { organisation: "11440000MB0E0002XC", official: "window-07" };
const SHACHE = { organisation: "11653125MB0E00038F", official: "window-02" };
const MORTGAGE = { itemCode: "MNR-1161-03", itemName: "抵押登记" };
export const SEARCH = { itemCode: "MNR-1161-02", itemName: "登记资料查询" };
const NOTICE = { itemCode: "MNR-1161-01", itemName: "商品房预售、抵押预告登记" };
const MINING = { itemCode: "MNR-1161-10", itemName: "采矿权变更" };
const CARD = { itemCode: "MNR-1161-14", itemName: "测绘作业证办理" };

/** What anybody may try first, in this order. Keys and claims are those of the demo's own licences. */
export function demoRequests({ anhui, guangdong, shache }: DemoRecords): readonly DemoRequest[] {
  const question = {
    resource: "real-estate-certificate",
    region: "340100",
    keys: { certificateNumber: anhui[0]?.["不动产权证号"] },
    fields: ["holderName", "holderCode", "location", "mortgaged", "state"],
  };
  return [
    {
      name: "mortgage",
      client: "anhui-window",
      route: "/v1/lookups",
      expected: "FOUND",
      zh: "安徽窗口，抵押登记：提供姓名和抵押情况，遮盖证件号",
      en: "Anhui, registering a mortgage: the name and the mortgage, the number masked",
      body: { ...question, purpose: { ...ANHUI, ...MORTGAGE, caseNumber: "BJ-2026-0001" } },
    },
    {
      name: "search",
      client: "guangdong-window",
      route: "/v1/lookups",
      expected: "FOUND",
      zh: "广东窗口，登记资料查询，同样的问题：遮盖姓名，地址只到区县",
      en: "Guangdong, a search, the same question: the name masked, the address to the county",
      body: { ...question, purpose: { ...GUANGDONG, ...SEARCH, caseNumber: "BJ-2026-0001" } },
    },
    {
      name: "notice",
      client: "shache-window",
      route: "/v1/lookups",
      expected: "FOUND",
      zh: "莎车窗口，预告登记，同样的问题：姓名只能核验，不予提供",
      en: "Shache, an advance notice, the same question: the name can be matched, not told",
      body: { ...question, purpose: { ...SHACHE, ...NOTICE, caseNumber: "BJ-2026-0001" } },
    },
    {
      name: "denied",
      client: "shache-window",
      route: "/v1/lookups",
      expected: "RESOURCE_OUTSIDE_ITEM",
      zh: "莎车窗口，测绘作业证办理：该事项不使用不动产权证书",
      en: "Shache, a surveyor's card: that item has no use for real estate",
      body: { ...question, purpose: { ...SHACHE, ...CARD, caseNumber: "BJ-2026-0002" } },
    },
    {
      name: "match",
      client: "anhui-window",
      route: "/v1/matches",
      expected: "MATCHED",
      zh: "安徽窗口核验广东的采矿许可证：只答是否一致",
      en: "Anhui matches a mining licence of Guangdong: yes or no, and no data leaves",
      body: {
        resource: "mining-licence",
        region: "440100",
        keys: { licenceNumber: guangdong[0]?.["xkzh"] },
        claims: { holderName: guangdong[0]?.["cyr"], mineral: guangdong[0]?.["kz"] },
        purpose: { ...ANHUI, ...MINING, caseNumber: "BJ-2026-0004" },
      },
    },
    {
      name: "peer",
      client: "anhui-window",
      route: "/v1/matches",
      expected: "MISMATCHED",
      zh: "安徽窗口经莎车的网关核验测绘作业证：姓名不一致",
      en: "Anhui matches a surveyor's card through Shache's own gateway: the name is wrong",
      body: {
        resource: "surveyor-card",
        region: "653125",
        keys: { cardNumber: shache[0]?.["作业证号"] },
        claims: { holderName: "王五" },
        purpose: { ...ANHUI, ...CARD, caseNumber: "BJ-2026-0005" },
      },
    },
  ];
}

/** One file each, for curl's `-d @`. */
export function writeRequests(directory: string, requests: readonly DemoRequest[]): void {
  mkdirSync(directory, { recursive: true });
  for (const { name, body } of requests) {
    writeFileSync(join(directory, `${name}.json`), `${JSON.stringify(body, null, 2)}\n`);
  }
}

/** The query of a verification that asks the register as well. */
export const REGISTER_QUERY = new URLSearchParams({
  resource: "real-estate-certificate",
  ...ANHUI,
  ...MORTGAGE,
  caseNumber: "BJ-2026-0001",
}).toString();
