import { SettingsError, type Surroundings } from "../settings.ts";
import { SourceError } from "../source-error.ts";
import type { LookupQuestion, MatchQuestion, ResourceShape } from "../source.ts";

/** Real-estate certificates, as far as tests of sources need them. Named by their number, or by the unit. */
export const RESOURCE: ResourceShape = {
  id: "real-estate-certificate",
  fields: {
    certificateNumber: { type: "certificate-number" },
    unitNumber: { type: "code" },
    holderName: { type: "name" },
    holderCode: { type: "holder-code" },
    area: { type: "decimal" },
    registeredOn: { type: "date" },
    mortgaged: { type: "flag" },
    state: { type: "code" },
  },
  keys: [["certificateNumber"], ["unitNumber"]],
};

export const NOW = Date.parse("2026-03-02T01:02:03.000Z");
export const NUMBER = "粤（2024）广州市不动产权第0001234号";

const ASKED = {
  resource: RESOURCE.id,
  region: "440100",
  keys: { certificateNumber: NUMBER },
  purpose: {
    organisation: "11440000MB0E0002XC",
    official: "chuangkou-07",
    itemCode: "MNR-1161-01",
    itemName: "国有建设用地使用权及房屋所有权登记",
    caseNumber: "GZ-2026-000001",
  },
  exchange: "0198f0c2-0000-7000-8000-000000000001",
};

export const lookup = (changes: Partial<LookupQuestion> = {}): LookupQuestion => ({
  ...ASKED,
  fields: ["holderName", "area"],
  ...changes,
});
export const match = (changes: Partial<MatchQuestion> = {}): MatchQuestion => ({
  ...ASKED,
  claims: { holderName: "张三", holderCode: "440524188001010014" },
  state: "state",
  ...changes,
});

export function surroundings(
  secrets: Readonly<Record<string, string>> = {},
  clock: () => number = () => NOW,
): Surroundings {
  return {
    id: "guangdong-service",
    resource: RESOURCE,
    dataDirectory: "/nowhere",
    secret(name) {
      const text = secrets[name];
      if (text === undefined) throw new SettingsError(`there is no secret ${name}`);
      return text;
    },
    isWellFormed: () => true,
    clock,
    identity: { sign: () => Promise.reject(new Error("nothing is signed here")) },
  };
}

/** The code of the SourceError that is thrown; `none` when nothing is. Whatever else is thrown goes on. */
export async function codeOf(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    if (error instanceof SourceError) return error.code;
    throw error;
  }
  return "none";
}
