import type { RegisterResource } from "./register-question.ts";

/** For tests of verifications that ask a register: a resource, who asks, and for what. */

export const REAL_ESTATE: RegisterResource = {
  id: "real-estate-certificate",
  zh: "不动产权证书",
  en: "Real-estate certificates",
  provider: { code: "11340000MB0E00011X", name: "示例市自然资源和规划局" },
  sharing: { kind: "unconditional" },
  classification: "general",
  updateFrequency: "daily",
  fields: {
    certificateNumber: { zh: "证号", en: "number", type: "certificate-number", classification: "general" },
    holderName: { zh: "权利人", en: "holder", type: "name", classification: "personal" },
    holderCode: { zh: "证件号", en: "holder's code", type: "holder-code", classification: "sensitive" },
    state: { zh: "状态", en: "state", type: "code", classification: "public" },
  },
  keys: [["certificateNumber", "holderCode"], ["certificateNumber"]],
  sources: { "340000": "anhui-register" },
  licence: {
    typeCodes: ["11100000MB03271699001"],
    number: "certificateNumber",
    state: "state",
    holderName: "holderName",
    holderCode: "holderCode",
    states: {
      现势: "in-force",
      暂停: "suspended",
      吊销: "revoked",
      注销: "cancelled",
      失效: "expired",
      已换发: "superseded",
    },
    issuers: ["11340000MB0E00011X"],
  },
};

export const DEPARTMENT = {
  id: "guangdong-window",
  network: "remote",
  authentication: "token",
  organisation: { code: "11440000MB0E0002XC", name: "示例省自然资源厅", region: "440100" },
  roles: ["department"],
  perMinute: 600,
} as const;

export const PURPOSE = {
  organisation: DEPARTMENT.organisation.code,
  official: "wang.wu",
  itemCode: "MNR-1161-03",
  itemName: "抵押登记",
  caseNumber: "GZ-2026-0001",
  consent: null,
} as const;

export const REGISTER = { resource: REAL_ESTATE.id, region: null, purpose: PURPOSE } as const;
