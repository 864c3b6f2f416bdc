import { isCreditCode } from "./credit-code.ts";

/** Provinces by the first two digits of GB/T 2260. 66 is the Xinjiang Production and Construction Corps on government platforms. */
export const PROVINCES = {
  "11": "北京市",
  "12": "天津市",
  "13": "河北省",
  "14": "山西省",
  "15": "内蒙古自治区",
  "21": "辽宁省",
  "22": "吉林省",
  "23": "黑龙江省",
  "31": "上海市",
  "32": "江苏省",
  "33": "浙江省",
  "34": "安徽省",
  "35": "福建省",
  "36": "江西省",
  "37": "山东省",
  "41": "河南省",
  "42": "湖北省",
  "43": "湖南省",
  "44": "广东省",
  "45": "广西壮族自治区",
  "46": "海南省",
  "50": "重庆市",
  "51": "四川省",
  "52": "贵州省",
  "53": "云南省",
  "54": "西藏自治区",
  "61": "陕西省",
  "62": "甘肃省",
  "63": "青海省",
  "64": "宁夏回族自治区",
  "65": "新疆维吾尔自治区",
  "66": "新疆生产建设兵团",
  "71": "台湾省",
  "81": "香港特别行政区",
  "82": "澳门特别行政区",
} as const satisfies Record<string, string>;

export type ProvinceCode = keyof typeof PROVINCES;
export type Province = { readonly code: ProvinceCode; readonly name: string };

/** Stands in credit codes of bodies registered with the central authorities. */
export const NATIONAL_REGION = "100000";

/** Six digits to the county; nine or twelve name a township or a village below it (GB/T 10114). */
const FORM = /^[0-9]{6}(?:[0-9]{3}){0,2}$/;

const isProvinceCode = (text: string): text is ProvinceCode => Object.hasOwn(PROVINCES, text);

/** The province of a region code (two digits or more), or null: the national region and unknown codes have none. */
export function provinceOf(regionCode: string): Province | null {
  const code = regionCode.slice(0, 2);
  return isProvinceCode(code) ? { code, name: PROVINCES[code] } : null;
}

export const isRegionCode = (text: string): boolean =>
  FORM.test(text) && (text === NATIONAL_REGION || provinceOf(text) !== null);

/** Characters 3 to 8 of a credit code: the region whose authority registered the body (GB 32100). */
export const regionOfCreditCode = (creditCode: string): string => creditCode.slice(2, 8);

/** Nine digits are left out: they are an organisation code more often than a region. */
const ISSUER_REGION = /^[0-9]{6}(?:[0-9]{6})?$/;

/** The region of an issuing body by its code, six digits: characters 3 to 8 of a credit code, or the region code that stands for it; else null. */
export function regionOfIssuer(code: string): string | null {
  if (isCreditCode(code)) return regionOfCreditCode(code);
  return ISSUER_REGION.test(code) && isRegionCode(code) ? code.slice(0, 6) : null;
}

/** Whether a region (six digits) is `outer` or lies below it. */
export const isWithinRegion = (region: string, outer: string): boolean =>
  region.startsWith(outer.replace(/(?:00){1,2}$/, ""));
