import type { Case, ClientEntry, Grant, Organisation, Resource, Role, SourceEntry } from "../entities.ts";
import { CATALOGUE } from "./catalogue.ts";
import { ITEMS } from "./items.ts";
import type { Seed } from "./seed.ts";

export type DemoClient =
  | "anhui-window"
  | "guangdong-window"
  | "shache-window"
  | "operator"
  | "auditor"
  | "anhui-approver"
  | "load-tester";

/** With what a client shows who it is. */
export type DemoCredentials = Pick<ClientEntry, "keys"> & Partial<Pick<ClientEntry, "hmac" | "certificates">>;

export type DemoParameters = {
  /** Milliseconds since the epoch: grants are live, expired and suspended then. */
  readonly now: number;
  readonly credentials: Readonly<Partial<Record<DemoClient, DemoCredentials>>>;
  /** Codes of the bodies that may issue a kind of licence, by resource. */
  readonly issuers: Readonly<Record<string, readonly string[]>>;
  readonly sources: readonly SourceEntry[];
  /** The id of the source that is asked, by resource and region. */
  readonly routes: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

/** The first three are the invented authorities of the demo licences. */
const ORGANISATIONS = {
  anhui: { code: "11340000MB0E00011X", name: "示例市自然资源和规划局", region: "340100" },
  guangdong: { code: "11440000MB0E0002XC", name: "示例省自然资源厅", region: "440100" },
  shache: { code: "11653125MB0E00038F", name: "示例县自然资源局", region: "653125" },
  platform: { code: "11340000MB0E01057U", name: "示例省数据资源管理局", region: "340000" },
  audit: { code: "11340000MB0E01065N", name: "示例省审计机构", region: "340000" },
} as const satisfies Record<string, Organisation>;

type ClientRow = readonly [organisation: Organisation, role: Role, perMinute?: number];

const PER_MINUTE = 600;
/** As many as can be registered. */
const UNBOUNDED = 1_000_000;

const CLIENTS: Readonly<Record<DemoClient, ClientRow>> = {
  "anhui-window": [ORGANISATIONS.anhui, "department"],
  "guangdong-window": [ORGANISATIONS.guangdong, "department"],
  "shache-window": [ORGANISATIONS.shache, "department"],
  operator: [ORGANISATIONS.platform, "operator"],
  auditor: [ORGANISATIONS.audit, "auditor"],
  "anhui-approver": [ORGANISATIONS.anhui, "approver"],
  /** Asks for Anhui as its window does, as fast as it can. */
  "load-tester": [ORGANISATIONS.anhui, "department", UNBOUNDED],
};

const DAY = 86_400_000;
type Term = "live" | "past";
type GrantRow = {
  readonly id: string;
  readonly organisation: Organisation;
  readonly resource: string;
  /** All fields of the resource when there are none here. */
  readonly fields?: readonly string[];
  readonly items: readonly string[];
  readonly scene: string;
  readonly term?: Term;
  readonly perDay?: number;
  readonly suspended?: boolean;
};

const REAL_ESTATE = ["MNR-1161-01", "MNR-1161-02", "MNR-1161-03"];
const SURVEYOR = ["MNR-1161-14"];

const GRANTS: readonly GrantRow[] = [
  {
    id: "anhui-real-estate",
    organisation: ORGANISATIONS.anhui,
    resource: "real-estate-certificate",
    items: REAL_ESTATE,
    scene: "窗口受理不动产登记时核对权属。",
  },
  {
    id: "guangdong-real-estate",
    organisation: ORGANISATIONS.guangdong,
    resource: "real-estate-certificate",
    fields: ["certificateNumber", "unitNumber", "holderName", "holderCode", "location", "area", "rightType", "state"],
    items: ["MNR-1161-02"],
    scene: "窗口受理外省不动产登记资料查询。",
    perDay: 500,
  },
  {
    id: "shache-real-estate",
    organisation: ORGANISATIONS.shache,
    resource: "real-estate-certificate",
    fields: ["certificateNumber", "unitNumber", "holderName", "holderCode", "location", "contactPhone", "state"],
    items: ["MNR-1161-01"],
    scene: "窗口受理商品房预告登记时核对权属。",
  },
  {
    id: "anhui-register-state",
    organisation: ORGANISATIONS.anhui,
    resource: "real-estate-register-state",
    items: REAL_ESTATE,
    scene: "窗口受理不动产登记时核对权利限制。",
  },
  {
    id: "anhui-identity",
    organisation: ORGANISATIONS.anhui,
    resource: "identity-card",
    items: [...REAL_ESTATE, ...SURVEYOR],
    scene: "窗口核对申请人身份。",
  },
  {
    id: "anhui-marriage",
    organisation: ORGANISATIONS.anhui,
    resource: "marriage-record",
    items: ["MNR-1161-01", "MNR-1161-03"],
    scene: "经当事人同意，核对共有关系。",
  },
  {
    id: "guangdong-marriage",
    organisation: ORGANISATIONS.guangdong,
    resource: "marriage-record",
    items: ["MNR-1161-02"],
    scene: "经当事人同意，核对查询人与权利人的关系。",
    term: "past",
  },
  {
    id: "anhui-surveyor",
    organisation: ORGANISATIONS.anhui,
    resource: "surveyor-card",
    items: SURVEYOR,
    scene: "窗口查验外省测绘人员的作业证。",
  },
  {
    id: "guangdong-surveyor",
    organisation: ORGANISATIONS.guangdong,
    resource: "surveyor-card",
    items: SURVEYOR,
    scene: "窗口查验外省测绘人员的作业证。",
  },
  {
    id: "shache-surveyor",
    organisation: ORGANISATIONS.shache,
    resource: "surveyor-card",
    items: SURVEYOR,
    scene: "窗口办理测绘作业证时核对原证。",
  },
  {
    id: "shache-social-insurance",
    organisation: ORGANISATIONS.shache,
    resource: "social-insurance",
    fields: ["holderCode", "holderName", "employer", "employerCode", "insured"],
    items: SURVEYOR,
    scene: "窗口办理测绘作业证时核对劳动关系。",
    suspended: true,
  },
  {
    id: "guangdong-contract",
    organisation: ORGANISATIONS.guangdong,
    resource: "mineral-rights-contract",
    items: ["MNR-1161-09", "MNR-1161-10", "MNR-1161-12"],
    scene: "窗口受理采矿权登记时核对出让合同。",
  },
];

type CaseRow = readonly [organisation: Organisation, number: string, item: string, state: Case["state"]];

const CASES: readonly CaseRow[] = [
  [ORGANISATIONS.anhui, "BJ-2026-0001", "MNR-1161-03", "open"],
  [ORGANISATIONS.anhui, "BJ-2026-0002", "MNR-1161-01", "open"],
  [ORGANISATIONS.anhui, "BJ-2026-0003", "MNR-1161-02", "open"],
  [ORGANISATIONS.anhui, "BJ-2026-0004", "MNR-1161-10", "open"],
  [ORGANISATIONS.anhui, "BJ-2026-0005", "MNR-1161-14", "open"],
  [ORGANISATIONS.anhui, "BJ-2026-0009", "MNR-1161-03", "closed"],
  [ORGANISATIONS.guangdong, "BJ-2026-0001", "MNR-1161-02", "open"],
  [ORGANISATIONS.guangdong, "BJ-2026-0002", "MNR-1161-10", "open"],
  [ORGANISATIONS.guangdong, "BJ-2026-0003", "MNR-1161-14", "open"],
  [ORGANISATIONS.guangdong, "BJ-2026-0009", "MNR-1161-02", "closed"],
  [ORGANISATIONS.shache, "BJ-2026-0001", "MNR-1161-01", "open"],
  [ORGANISATIONS.shache, "BJ-2026-0002", "MNR-1161-14", "open"],
  [ORGANISATIONS.shache, "BJ-2026-0003", "MNR-1161-15", "open"],
  [ORGANISATIONS.shache, "BJ-2026-0009", "MNR-1161-14", "closed"],
];

/** What the demo profile starts with: three departments in three regions, their grants and cases. */
export function demoSeed(parameters: DemoParameters): Seed {
  return {
    resources: CATALOGUE.map((resource) => routed(resource, parameters)),
    items: ITEMS,
    sources: parameters.sources,
    clients: Object.entries(parameters.credentials).map(([id, credentials]) => clientOf(id as DemoClient, credentials)),
    grants: GRANTS.map((row) => grantOf(row, parameters.now)),
    cases: CASES.map(([{ code: organisation }, number, item, state]) => ({ number, organisation, item, state })),
  };
}

function routed(resource: Resource, { issuers, routes }: DemoParameters): Resource {
  const { id, licence } = resource;
  return {
    ...resource,
    sources: routes[id] ?? {},
    licence: licence === null ? null : { ...licence, issuers: issuers[id] ?? [] },
  };
}

function clientOf(id: DemoClient, { keys, hmac = null, certificates = [] }: DemoCredentials): ClientEntry {
  const [organisation, role, perMinute = PER_MINUTE] = CLIENTS[id];
  return { id, organisation, roles: [role], active: true, keys, hmac, certificates, perMinute };
}

/** Days before and after now. */
const TERMS: Readonly<Record<Term, readonly [from: number, until: number]>> = { live: [-30, 335], past: [-730, -365] };

function grantOf(row: GrantRow, now: number): Grant {
  const [from, until] = TERMS[row.term ?? "live"].map((days) => new Date(now + days * DAY).toISOString());
  const { id, organisation, resource, items, scene, perDay = null, suspended = false } = row;
  return {
    id,
    organisation: organisation.code,
    resource,
    fields: row.fields ?? fieldNames(resource),
    items,
    from: from ?? "",
    until: until ?? "",
    perDay,
    basis: "《政务数据共享条例》",
    scene,
    suspended,
  };
}

const fieldNames = (resource: string): readonly string[] =>
  Object.keys(CATALOGUE.find(({ id }) => id === resource)?.fields ?? {});
