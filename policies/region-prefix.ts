/** One character of a region's name: none that a street, village or building is written with, except in names that are known to hold it. */
const UNIT = "(?:景德镇|新乡|萍乡|镇江|桐乡|宁乡|[^省市县区旗路街道巷弄村镇乡号栋楼0-9\\s])";
/** Markets and housing estates end as cities and districts do. */
const CITY = "(?<![超门菜夜集花早闹])市";
const DISTRICT = "(?<![小社园校厂院片街景营库宿墅住])区";
/** As in 红旗路, 南市场, 城市花园. */
const ENDS = "(?![路街道巷弄村镇乡场]|大[道街]|花园|广场)";

const PROVINCE = new RegExp(`^(?:${UNIT}{2,8}?(?:省|自治区|特别行政区)|(?:北京|天津|上海|重庆)市)`, "u");
const COUNTY = new RegExp(
  `^(?:${UNIT}{2,8}?(?:省|自治区|特别行政区))?(?:${UNIT}{1,10}?(?:${CITY}|地区|自治州|盟)${ENDS})?(?:市?${UNIT}{1,10}?(?:县|${DISTRICT}|旗|${CITY})${ENDS})?`,
  "u",
);

/** What an address begins with, down to this level: shorter where it names no such region or where that is not sure, "" for none. */
export const regionPrefix = (level: "county" | "province", address: string): string =>
  (level === "county" ? COUNTY : PROVINCE).exec(address)?.[0] ?? "";
