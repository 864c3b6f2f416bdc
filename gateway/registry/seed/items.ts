import type { Item } from "../entities.ts";

type Uses = Item["uses"];

const IDENTITY: Uses = { "identity-card": ["residentNumber", "name", "validTo", "state"] };
const BUSINESS: Uses = {
  "business-licence": ["creditCode", "name", "legalRepresentative", "address", "establishedOn", "validTo", "state"],
};
const APPLICANT: Uses = { ...IDENTITY, ...BUSINESS };
const MARRIAGE: Uses = {
  "marriage-record": ["holderCode", "holderName", "spouseCode", "spouseName", "status", "registeredOn"],
};
const TAX: Uses = {
  "tax-clearance": ["clearanceNumber", "unitNumber", "taxpayerName", "taxpayerCode", "taxKind", "paidOn", "cleared"],
};
const REGISTER: Uses = {
  "real-estate-register-state": [
    "unitNumber",
    "certificateNumber",
    "seized",
    "mortgaged",
    "advanceNotice",
    "objection",
    "restricted",
    "state",
  ],
};
const PROPERTY_FIELDS = [
  "certificateNumber",
  "unitNumber",
  "holderName",
  "holderCode",
  "location",
  "area",
  "rightType",
  "registeredOn",
  "mortgaged",
  "state",
];
const PROPERTY: Uses = { "real-estate-certificate": PROPERTY_FIELDS };
/** With the telephone, by which the present holder can be reached. */
const PROPERTY_IN_FULL: Uses = { "real-estate-certificate": [...PROPERTY_FIELDS, "contactPhone"] };
const ENCUMBRANCE: Uses = {
  "real-estate-encumbrance-certificate": [
    "certificateNumber",
    "unitNumber",
    "matter",
    "holderName",
    "holderCode",
    "obligorName",
    "location",
    "registeredOn",
    "state",
  ],
};
const PRESALE: Uses = {
  "presale-permit": [
    "permitNumber",
    "developerName",
    "developerCode",
    "project",
    "location",
    "area",
    "issuedOn",
    "validTo",
    "state",
  ],
  "presale-contract-filing": [
    "contractNumber",
    "unitNumber",
    "permitNumber",
    "developerName",
    "buyerName",
    "buyerCode",
    "location",
    "filedOn",
    "state",
  ],
};
const EXPLORATION: Uses = {
  "exploration-licence": [
    "licenceNumber",
    "holderName",
    "holderCode",
    "project",
    "mineral",
    "location",
    "area",
    "validFrom",
    "validTo",
    "retained",
    "state",
  ],
};
const MINING: Uses = {
  "mining-licence": [
    "licenceNumber",
    "holderName",
    "holderCode",
    "mineName",
    "mineral",
    "area",
    "validFrom",
    "validTo",
    "state",
  ],
};
const CONTRACT: Uses = {
  "mineral-rights-contract": [
    "contractNumber",
    "licenceNumber",
    "grantor",
    "grantee",
    "granteeCode",
    "mineral",
    "area",
    "paidInFull",
    "signedOn",
    "state",
  ],
};
const QUALIFICATION: Uses = {
  "surveying-qualification": [
    "certificateNumber",
    "holderName",
    "holderCode",
    "grade",
    "scope",
    "issuer",
    "validTo",
    "state",
  ],
};
const SURVEYOR: Uses = {
  "surveyor-card": ["cardNumber", "holderName", "holderCode", "employer", "validTo", "state"],
  "social-insurance": ["holderCode", "holderName", "employer", "employerCode", "paidTo", "insured"],
};
const RECEIPT: Uses = {
  "surveying-results-receipt": [
    "receiptNumber",
    "submitterName",
    "submitterCode",
    "project",
    "kind",
    "submittedOn",
    "receiver",
    "state",
  ],
};
/** Named so that a request is answered with the legal basis for not sharing it. */
const CONTROL_POINTS: Uses = { "geodetic-control-results": ["pointNumber", "network", "grade", "heldBy", "state"] };

type ItemRow = readonly [
  number: string,
  group: Item["group"],
  zh: string,
  en: string,
  aliases: readonly string[],
  uses: Uses,
];

/** In the order of 自然资办函〔2021〕1161号; which data each uses is reasoned from the matter, not from an official list. */
const ROWS: readonly ItemRow[] = [
  [
    "01",
    "real-estate",
    "商品房预售、抵押预告登记",
    "Advance notice of presale and of mortgage",
    ["商品房预售、抵押涉及的不动产预告登记", "预告登记"],
    { ...APPLICANT, ...PROPERTY_IN_FULL, ...ENCUMBRANCE, ...REGISTER, ...PRESALE, ...MARRIAGE, ...TAX },
  ],
  [
    "02",
    "real-estate",
    "登记资料查询",
    "Search of the land register",
    ["不动产登记资料查询"],
    { ...APPLICANT, ...PROPERTY, ...REGISTER, ...MARRIAGE },
  ],
  [
    "03",
    "real-estate",
    "抵押登记",
    "Registration of a mortgage",
    ["不动产抵押登记"],
    { ...APPLICANT, ...PROPERTY_IN_FULL, ...ENCUMBRANCE, ...REGISTER, ...MARRIAGE, ...TAX },
  ],
  [
    "04",
    "mining",
    "探矿权新设",
    "Exploration right, first grant",
    ["探矿权新立登记"],
    { ...BUSINESS, ...EXPLORATION, ...CONTRACT },
  ],
  ["05", "mining", "探矿权保留", "Exploration right, retention", ["探矿权保留登记"], { ...BUSINESS, ...EXPLORATION }],
  ["06", "mining", "探矿权延续", "Exploration right, extension", ["探矿权延续登记"], { ...BUSINESS, ...EXPLORATION }],
  [
    "07",
    "mining",
    "探矿权变更",
    "Exploration right, change",
    ["探矿权变更登记"],
    { ...BUSINESS, ...EXPLORATION, ...CONTRACT },
  ],
  [
    "08",
    "mining",
    "探矿权注销",
    "Exploration right, cancellation",
    ["探矿权注销登记"],
    { ...BUSINESS, ...EXPLORATION },
  ],
  [
    "09",
    "mining",
    "采矿权新设",
    "Mining right, first grant",
    ["采矿权新立登记"],
    { ...BUSINESS, ...EXPLORATION, ...MINING, ...CONTRACT },
  ],
  ["10", "mining", "采矿权变更", "Mining right, change", ["采矿权变更登记"], { ...BUSINESS, ...MINING, ...CONTRACT }],
  ["11", "mining", "采矿权抵押备案", "Mining right, filing of a mortgage", [], { ...BUSINESS, ...MINING }],
  [
    "12",
    "mining",
    "采矿权延续",
    "Mining right, extension",
    ["采矿权延续登记"],
    { ...BUSINESS, ...MINING, ...CONTRACT },
  ],
  ["13", "mining", "采矿权注销", "Mining right, cancellation", ["采矿权注销登记"], { ...BUSINESS, ...MINING }],
  [
    "14",
    "surveying",
    "测绘作业证办理",
    "Surveyor's card",
    ["测绘作业证核发"],
    { ...APPLICANT, ...QUALIFICATION, ...SURVEYOR },
  ],
  [
    "15",
    "surveying",
    "相对独立平面坐标系统审批",
    "Approval of a relatively independent plane coordinate system",
    ["建立相对独立的平面坐标系统审批"],
    { ...BUSINESS, ...QUALIFICATION, ...CONTROL_POINTS },
  ],
  [
    "16",
    "surveying",
    "测绘成果目录汇交",
    "Deposit of the catalogue of surveying results",
    ["测绘成果目录及副本汇交"],
    { ...BUSINESS, ...QUALIFICATION, ...RECEIPT },
  ],
];

/** The 16 natural-resource items that are handled across provinces. */
export const ITEMS: readonly Item[] = ROWS.map(([number, group, zh, en, aliases, uses]) => ({
  code: `MNR-1161-${number}`,
  zh,
  en,
  aliases,
  group,
  uses,
}));
