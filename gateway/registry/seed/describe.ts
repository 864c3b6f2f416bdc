import type { FieldType } from "#connectors/source.ts";
import type { Field, FieldClass, LicenceRegister, LicenceState, Resource } from "../entities.ts";

type FieldRow = readonly [zh: string, en: string, type: FieldType, classification: FieldClass];

/** Fields from rows of a table. */
export const fieldsOf = (rows: Readonly<Record<string, FieldRow>>): Readonly<Record<string, Field>> =>
  Object.fromEntries(
    Object.entries(rows).map(([name, [zh, en, type, classification]]) => [name, { zh, en, type, classification }]),
  );

/** The codes that registers in this catalogue use: 现势、暂停、吊销或撤销、注销、失效、已换发. */
const STATES: Readonly<Record<string, LicenceState>> = {
  current: "in-force",
  suspended: "suspended",
  revoked: "revoked",
  cancelled: "cancelled",
  expired: "expired",
  superseded: "superseded",
};

/** A register with the usual names of fields. Who may issue is for the operator to say: nobody, until then. */
export const licenceOf = (
  typeCode: string,
  register: Partial<Pick<LicenceRegister, "number" | "holderName" | "holderCode">> = {},
): LicenceRegister => ({
  typeCodes: [typeCode],
  number: "licenceNumber",
  state: "state",
  holderName: "holderName",
  holderCode: "holderCode",
  states: STATES,
  issuers: [],
  ...register,
});

export const STATE: FieldRow = ["状态", "State", "code", "public"];

/** Credit codes of ministries are public; the others belong to nobody. */
export const PROVIDERS = {
  naturalResources: { code: "11100000MB03271699", name: "自然资源部" },
  publicSecurity: { code: "11100000000013127D", name: "公安部" },
  marketRegulation: { code: "11100000MB0341032Y", name: "国家市场监督管理总局" },
  housing: { code: "11100000000013338W", name: "住房和城乡建设部" },
  civilAffairs: { code: "11340000MB0E01014E", name: "示例省民政厅" },
  tax: { code: "11340000MB0E010229", name: "示例省税务局" },
  humanResources: { code: "11340000MB0E010304", name: "示例省人力资源和社会保障厅" },
  surveying: { code: "11340000MB0E010491", name: "示例省测绘资料档案馆" },
} as const satisfies Record<string, Resource["provider"]>;

export const UNCONDITIONAL: Resource["sharing"] = { kind: "unconditional" };

export const onConditions = (conditions: string): Resource["sharing"] => ({ kind: "conditional", conditions });
