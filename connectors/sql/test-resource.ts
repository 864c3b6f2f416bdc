import { SettingsError, type Surroundings } from "../settings.ts";
import type { LookupQuestion, ResourceShape } from "../source.ts";

/** Real estate certificates as far as these tests need them. */
export const resource: ResourceShape = {
  id: "real-estate-certificate",
  fields: {
    certificateNumber: { type: "certificate-number" },
    unitNumber: { type: "code" },
    holderName: { type: "name" },
    holderCode: { type: "holder-code" },
    location: { type: "address" },
    area: { type: "decimal" },
    registeredOn: { type: "date" },
    contactPhone: { type: "phone" },
    mortgaged: { type: "flag" },
    state: { type: "code" },
  },
  keys: [["certificateNumber"], ["unitNumber", "holderCode"]],
};

export const NOW = Date.parse("2026-03-02T01:02:03.000Z");

export function surroundings(secrets: Readonly<Record<string, string>>, clock: () => number = () => NOW): Surroundings {
  return {
    id: "hefei-sql",
    resource,
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

export function question(keys: LookupQuestion["keys"], fields: readonly string[]): LookupQuestion {
  return {
    resource: resource.id,
    region: "340100",
    keys,
    fields,
    purpose: {
      organisation: "11340100MB1234567A",
      official: "clerk-7",
      itemCode: "MNR-1161-01",
      itemName: "不动产登记",
      caseNumber: "2026-000017",
    },
    exchange: "0195-exchange",
  };
}
