import type { JWK } from "jose";
import type { SourceEntry } from "#gateway/registry/entities.ts";

/** Registers write Chinese; the catalogue has codes. */
const STATES = {
  现势: "current",
  暂停: "suspended",
  撤销: "revoked",
  注销: "cancelled",
  失效: "expired",
  换发: "superseded",
};

/** Anhui uploads a table. */
export const ANHUI_SOURCE: SourceEntry = {
  id: "anhui-real-estate",
  resource: "real-estate-certificate",
  zh: "安徽省不动产登记簿（上传表格）",
  en: "Real-estate register of Anhui (an uploaded table)",
  settings: {
    kind: "table",
    mapping: {
      columns: {
        不动产权证号: "certificateNumber",
        不动产单元号: "unitNumber",
        权利人: "holderName",
        证件号: "holderCode",
        坐落: "location",
        面积: "area",
        权利类型: "rightType",
        登记日期: "registeredOn",
        联系电话: "contactPhone",
        抵押: "mortgaged",
        状态: "state",
      },
      values: { state: STATES },
    },
  },
};

/** A department in Guangdong has a JSON service with field names and words of its own. */
export const guangdongSource = (port: number): SourceEntry => ({
  id: "guangdong-mining",
  resource: "mining-licence",
  zh: "广东省采矿许可证查询服务",
  en: "Mining licence service of Guangdong",
  settings: {
    kind: "http-json",
    baseUrl: `http://127.0.0.1:${port}`,
    allowNetworks: ["127.0.0.1/32"],
    auth: { kind: "api-key", header: "x-api-key", secret: "guangdong-api-key" },
    healthPath: "/mining/health",
    request: {
      method: "POST",
      path: "/mining/licence/query",
      body: { xkzh: "{keys.licenceNumber}", sxbm: "{purpose.itemCode}", bjbh: "{purpose.caseNumber}" },
    },
    answer: {
      success: { pointer: "/code", equals: "0" },
      notFound: { pointer: "/code", equals: "404" },
      record: "/data",
      fields: {
        licenceNumber: "/xkzh",
        holderName: "/cyr",
        holderCode: "/cyrdm",
        mineName: "/ksmc",
        mineral: "/kz",
        area: "/mj",
        validFrom: "/yxqq",
        validTo: "/yxqz",
        state: { pointer: "/zt", map: { 有效: "current", 注销: "cancelled", 吊销: "revoked" } },
      },
      asOf: "/time",
      reference: "/requestId",
    },
  },
});

/** Its name in tokens; nobody resolves it. */
export const SHACHE_ISSUER = "https://shache.invalid";
/** This gateway's name at the one in Shache. */
export const PEER_CLIENT = "demo-gateway";

/** The county of Shache runs a Tongyan of its own. */
export const shacheSource = (port: number, keys: readonly JWK[]): SourceEntry => ({
  id: "shache-survey",
  resource: "surveyor-card",
  zh: "莎车县的通验网关",
  en: "The Tongyan gateway of Shache",
  settings: {
    kind: "peer",
    url: `http://127.0.0.1:${port}`,
    clientId: PEER_CLIENT,
    audience: SHACHE_ISSUER,
    keys,
    allowNetworks: ["127.0.0.1/32"],
  },
});

/** In Shache itself the cards stand in a table. */
export const SHACHE_TABLE: SourceEntry = {
  id: "shache-cards",
  resource: "surveyor-card",
  zh: "莎车县测绘作业证台账（上传表格）",
  en: "Surveyors' cards of Shache (an uploaded table)",
  settings: {
    kind: "table",
    mapping: {
      columns: {
        作业证号: "cardNumber",
        姓名: "holderName",
        公民身份号码: "holderCode",
        单位: "employer",
        有效期至: "validTo",
        状态: "state",
      },
      values: { state: STATES },
    },
  },
};
