/** The demo's certificate that holds: 张三 of 示例市, mortgaged. */
export const TITLE = "皖（2026）示例市不动产权第0000001号";
export const MINE = "C4400002026017100000002";
export const CARD = "6531250000003";

const ANHUI = { organisation: "11340000MB0E00011X", official: "zhang" } as const;
const GUANGDONG = { organisation: "11440000MB0E0002XC", official: "chen" } as const;
const SHACHE = { organisation: "11653125MB0E00038F", official: "maimaiti" } as const;

const item = (number: string, itemName: string, caseNumber: string) => ({
  itemCode: `MNR-1161-${number}`,
  itemName,
  caseNumber,
});

/** What the demo's departments have open cases for. */
export const PURPOSES = {
  anhuiMortgage: { ...ANHUI, ...item("03", "抵押登记", "BJ-2026-0001") },
  anhuiPresale: { ...ANHUI, ...item("01", "商品房预售、抵押预告登记", "BJ-2026-0002") },
  anhuiMining: { ...ANHUI, ...item("10", "采矿权变更", "BJ-2026-0004") },
  anhuiSurveyor: { ...ANHUI, ...item("14", "测绘作业证办理", "BJ-2026-0005") },
  anhuiClosed: { ...ANHUI, ...item("03", "抵押登记", "BJ-2026-0009") },
  guangdongSearch: { ...GUANGDONG, ...item("02", "登记资料查询", "BJ-2026-0001") },
  guangdongMining: { ...GUANGDONG, ...item("10", "采矿权变更", "BJ-2026-0002") },
  shachePresale: { ...SHACHE, ...item("01", "商品房预售、抵押预告登记", "BJ-2026-0001") },
  shacheSurveyor: { ...SHACHE, ...item("14", "测绘作业证办理", "BJ-2026-0002") },
} as const;
export type Purpose = (typeof PURPOSES)[keyof typeof PURPOSES];

export const ABOUT_TITLE = {
  resource: "real-estate-certificate",
  region: "340100",
  keys: { certificateNumber: TITLE },
} as const;
export const ABOUT_MINE = { resource: "mining-licence", region: "440100", keys: { licenceNumber: MINE } } as const;
export const ABOUT_CARD = { resource: "surveyor-card", region: "653125", keys: { cardNumber: CARD } } as const;

/** The question that three departments ask alike. */
export const SAME_QUESTION = {
  ...ABOUT_TITLE,
  fields: ["holderName", "holderCode", "location", "mortgaged", "state"],
} as const;
