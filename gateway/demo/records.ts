import { readFileSync } from "node:fs";
import { join } from "node:path";
import { residentNumberCheck } from "#certs/licence/resident-number.ts";
import { VALIDATION_POLICIES } from "#certs/policy.ts";
import type { LicenceReport } from "#certs/report.ts";
import { buildTrustSnapshot } from "#certs/trust/snapshot.ts";
import { readTrustDirectory } from "#certs/trust/directory.ts";
import { verifyDocument } from "#certs/verify.ts";
import type { DemoProfile } from "./demo-profile.ts";

/** What the three regions hold about the demo's licences: a table's rows, a service's records, another table's rows. */
export type DemoRecords = {
  readonly anhui: readonly Row[];
  readonly guangdong: readonly Row[];
  readonly shache: readonly Row[];
};
export type Row = Readonly<Record<string, string>>;

const FILLERS = 200;
/** A placeholder in everybody's examples; no subscriber's. */
const PHONE = "13800000000";

/** Taken out of the demo's own files, so that a file and its register agree, where they are meant to. `now` in milliseconds. */
export function demoRecords(demo: DemoProfile, now: number): DemoRecords {
  const licenceIn = licenceReader(demo, now);
  const estate = (file: string, changes: Row = {}): Row => ({ ...estateRow(licenceIn(file)), ...changes });
  return {
    anhui: [
      estate("realestate-v4.ofd", { 抵押: "是" }),
      estate("register-cancelled.ofd", { 状态: "注销" }),
      estate("register-other-holder.ofd", { 权利人: "王五", 证件号: "440524188001010014" }),
      ...fillerRows(),
    ],
    guangdong: [miningRecord(licenceIn("mining-v1.ofd"))],
    shache: [surveyRow(licenceIn("survey-v5.ofd"))],
  };
}

function licenceReader(demo: DemoProfile, at: number): (file: string) => LicenceReport {
  const trust = buildTrustSnapshot(readTrustDirectory(demo.trustDirectory));
  const policy = VALIDATION_POLICIES["gb-t-38540"];
  return (file) => {
    const { licence } = verifyDocument(readFileSync(join(demo.directory, file)), { trust, policy, at });
    if (licence === null) throw new Error(`the demo's ${file} states no licence`);
    return licence;
  };
}

const estateRow = ({ number, holder, fields, issuedOn }: LicenceReport): Row => ({
  不动产权证号: number ?? "",
  不动产单元号: fields["KZ_BDCDYH"] ?? "",
  权利人: holder.name ?? "",
  证件号: holder.code ?? "",
  坐落: `安徽省示例市示例区${(fields["KZ_ZL"] ?? "").replace("示例市", "")}`,
  面积: fields["KZ_MJ"] ?? "",
  权利类型: "国有建设用地使用权/房屋所有权",
  登记日期: issuedOn ?? "",
  联系电话: PHONE,
  抵押: "否",
  状态: "现势",
});

/** Of Anhui's table; there is no file of any of them. */
export const fillerRows = (): readonly Row[] => Array.from({ length: FILLERS }, (_, index) => fillerRow(index + 1001));

/** Nobody's: all of them would have been born in the nineteenth century. */
function fillerRow(serial: number): Row {
  const first17 = `110105${1800 + (serial % 80)}0101${String(serial % 1000).padStart(3, "0")}`;
  return {
    不动产权证号: `皖（2025）示例市不动产权第${String(serial).padStart(7, "0")}号`,
    不动产单元号: `340000001001GB00001F${String(serial).padStart(8, "0")}`,
    权利人: `示例${serial}`,
    证件号: first17 + residentNumberCheck(first17),
    坐落: `安徽省示例市示例区示例路${serial}号`,
    面积: `${60 + (serial % 90)}.00`,
    权利类型: "国有建设用地使用权/房屋所有权",
    登记日期: "2025-03-01",
    联系电话: PHONE,
    抵押: "否",
    状态: "现势",
  };
}

const miningRecord = ({ number, holder, fields, validFrom, validTo }: LicenceReport): Row => ({
  xkzh: number ?? "",
  cyr: holder.name ?? "",
  cyrdm: holder.code ?? "",
  ksmc: fields["KZ_KSMC"] ?? "",
  kz: fields["KZ_KZ"] ?? "",
  mj: "1.250",
  yxqq: validFrom ?? "",
  yxqz: validTo ?? "",
  zt: "有效",
});

const surveyRow = ({ number, holder, fields, validTo }: LicenceReport): Row => ({
  作业证号: number ?? "",
  姓名: holder.name ?? "",
  公民身份号码: holder.code ?? "",
  单位: fields["KZ_DWMC"] ?? "",
  有效期至: validTo ?? "",
  状态: "现势",
});

/** RFC 4180, every value quoted. */
export function csvOf(rows: readonly Row[]): string {
  const names = Object.keys(rows[0] ?? {});
  const line = (values: readonly string[]): string =>
    values.map((value) => `"${value.replaceAll('"', '""')}"`).join(",");
  return [line(names), ...rows.map((row) => line(names.map((name) => row[name] ?? "")))].join("\r\n");
}
