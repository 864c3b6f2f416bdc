import { residentNumberCheck } from "#certs/licence/resident-number.ts";
import { csvOf, type Row } from "#gateway/demo/records.ts";
import type { Resource } from "#gateway/registry/entities.ts";
import type { Gateway } from "./gateway.ts";
import { change, enter, upload } from "./operator.ts";
import { TITLE as DOCUMENT } from "./questions.ts";
import { answerJson, type Behaviours } from "./test-source.ts";

/** Nobody's: born in the nineteenth century. Ends in X, which some write small. */
function inventedNumber(from: number): string {
  for (let serial = from; ; serial++) {
    const first17 = `1101051880${"0101"}${String(serial).padStart(3, "0")}`;
    if (residentNumberCheck(first17) === "X") return `${first17}X`;
  }
}

export const OWNER = { name: "欧阳示例", code: inventedNumber(100), phone: "13800000000", street: "隐秘路77号3单元" };
export const OTHER = { name: "诸葛示例", code: inventedNumber(300) };

/** None of it is given to anybody in these exchanges. */
export const SECRETS = {
  "the owner's name": OWNER.name,
  "the owner's number": OWNER.code,
  "the owner's telephone": OWNER.phone,
  "the owner's street": OWNER.street,
  "a claim's name": "司马示例",
  "the name in a record that nobody asked for": OTHER.name,
  "the number in a record that nobody asked for": OTHER.code,
  "the name in a source's error": "上官示例",
  "the name in a redirect": "夏侯示例",
  "the name in a broken answer": "慕容示例",
  "the name in a refused row": "尉迟示例",
  "the number in a refused row": "440524188001010015",
  "the name in a broken request": "公孙示例",
  "the name in an address": "皇甫示例",
  "the document's holder": "张三",
  "the document's number": "11010519491231002X",
  "the surveyor's name": "李四",
  "the surveyor's number": "440524188001010014",
} as const;

export const TITLE = "皖（2026）示例市不动产权第7000001号";
export const COMPANY = "11440300MA0E00093G";

export const ownerRow = (changes: Row = {}): Row => ({
  不动产权证号: TITLE,
  不动产单元号: `U-${changes["不动产权证号"] ?? ""}`,
  权利人: OWNER.name,
  证件号: OWNER.code,
  坐落: `安徽省示例市示例区${OWNER.street}`,
  面积: "89.50",
  // What is given in full repeats what is masked.
  权利类型: `与${OWNER.name}（${OWNER.code.toLowerCase()}）共有，电话${OWNER.phone}`,
  登记日期: "2026-10-01",
  联系电话: OWNER.phone,
  抵押: "否",
  状态: "现势",
  ...changes,
});

/** Of the demo's licence. */
const documentRow = ownerRow({ 不动产权证号: DOCUMENT, 权利人: "张三", 证件号: "11010519491231002X" });

const company = (changes: object = {}) => ({ code: COMPANY, name: "示例矿业有限公司", state: "current", ...changes });
/** What a department's service does to a gateway, by path. */
export const BEHAVIOURS = {
  "/good": (response) =>
    answerJson(response, {
      ...company({ person: OWNER.name, scope: `由${OWNER.name}经营` }),
      row: `row-${OWNER.code}-${OWNER.phone}`,
    }),
  "/wrong": (response) => answerJson(response, company({ code: "11340000MB0E00011X", person: OTHER.name })),
  "/fails": (response) => answerJson(response, { error: "上官示例", stack: `at 上官示例 (${OTHER.code})` }, 500),
  "/moves": (response) => response.writeHead(302, { location: "/?name=%E5%A4%8F%E4%BE%AF%E7%A4%BA%E4%BE%8B" }).end(),
  "/breaks": (response) => response.writeHead(200, { "content-type": "application/json" }).end('{"person":"慕容示例'),
  "/types": (response) => answerJson(response, company({ person: { name: "慕容示例" } })),
  "/person": (response) => answerJson(response, { code: OWNER.code, name: OTHER.name }),
} satisfies Behaviours;

/** One region for each way of going wrong. */
const REGIONS = {
  "110000": "good",
  "120000": "wrong",
  "130000": "fails",
  "140000": "moves",
  "150000": "breaks",
  "210000": "types",
};

/** The table of the owner's records, and sources for each way of going wrong at `url`. */
export async function enterSources(gateway: Gateway, url: string): Promise<void> {
  await upload(gateway, "anhui-real-estate", csvOf([ownerRow(), documentRow]));
  const common = { kind: "http-json", baseUrl: url, allowNetworks: ["127.0.0.1/32"] };
  for (const way of Object.values(REGIONS)) {
    const fields = {
      creditCode: "/code",
      name: "/name",
      legalRepresentative: "/person",
      scope: "/scope",
      state: "/state",
    };
    await putSource(gateway, `company-${way}`, "business-licence", {
      ...common,
      request: { method: "POST", path: `/${way}`, body: { code: "{keys.creditCode}" } },
      answer: { fields, reference: "/row" },
    });
  }
  await putSource(gateway, "persons", "identity-card", {
    ...common,
    request: { method: "POST", path: "/person", body: { code: "{keys.residentNumber}" } },
    answer: { fields: { residentNumber: "/code", name: "/name" } },
  });
  await putSource(gateway, "marriages", "marriage-record", {
    ...common,
    request: { method: "POST", path: "/person", body: { code: "{keys.holderCode}", spouse: "{keys.spouseCode}" } },
    answer: { fields: { holderCode: "/code", spouseCode: "/spouse", spouseName: "/name" } },
  });
  const companies = Object.entries(REGIONS).map(([region, way]) => [region, `company-${way}`]);
  await change<Resource>(gateway, "/v1/catalogue/business-licence", () => ({ sources: Object.fromEntries(companies) }));
  await change<Resource>(gateway, "/v1/catalogue/identity-card", () => ({ sources: { "340000": "persons" } }));
  await change<Resource>(gateway, "/v1/catalogue/marriage-record", () => ({ sources: { "340000": "marriages" } }));
}

async function putSource(gateway: Gateway, id: string, resource: string, settings: object): Promise<void> {
  await enter(gateway, `/v1/sources/${id}`, { id, resource, zh: "测试", en: "A test's", settings });
}
