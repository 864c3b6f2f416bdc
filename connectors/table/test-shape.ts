import type { ResourceShape } from "../source.ts";

export const CERTIFICATES: ResourceShape = {
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
  keys: [["certificateNumber"], ["unitNumber"], ["holderName", "holderCode"]],
};

export const HEADER = [
  "不动产权证号",
  "单元号",
  "权利人",
  "证件号",
  "坐落",
  "面积",
  "登记日期",
  "电话",
  "抵押",
  "状态",
] as const;

export const SETTINGS = {
  kind: "table",
  mapping: {
    columns: {
      不动产权证号: "certificateNumber",
      单元号: "unitNumber",
      权利人: "holderName",
      证件号: "holderCode",
      坐落: "location",
      面积: "area",
      登记日期: "registeredOn",
      电话: "contactPhone",
      抵押: "mortgaged",
      状态: "state",
    },
    values: { state: { 现势: "current", 注销: "cancelled" } },
  },
} as const;

/** A row that is right in every column. */
export const goodRow = (number: number): readonly string[] => [
  `皖（2024）合肥市不动产权第${String(number).padStart(7, "0")}号`,
  `340104001001GB${String(number).padStart(5, "0")}F00010001`,
  `张三${number}`,
  "11010519491231002x",
  `合肥市蜀山区某某路${number}号`,
  "89.50",
  "2024年1月5日",
  "13800138000",
  number % 2 === 0 ? "是" : "否",
  "现势",
];

export const csvOf = (...rows: readonly (readonly string[])[]): string =>
  rows.map((row) => `${row.map((cell) => quoted(cell)).join(",")}\r\n`).join("");

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
