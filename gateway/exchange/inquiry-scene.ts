import { openPolicies, SHIPPED_SET } from "#policies/policies.ts";
import { SourceError } from "#connectors/source-error.ts";
import type { LookupAnswer, LookupQuestion, MatchAnswer, MatchQuestion } from "#connectors/source.ts";
import type { Caller } from "#gateway/clients/caller.ts";
import { approvalsIn } from "#gateway/duties/approvals.ts";
import { openDutiesStore } from "#gateway/duties/duties-store.ts";
import { type NewNotice } from "#gateway/duties/notices.ts";
import { Fault } from "#gateway/fault.ts";
import type { ExchangeRecord } from "#gateway/log/exchange-record.ts";
import type { LogEntry } from "#gateway/log/log-entry.ts";
import type { Case, Grant, Item, Resource, SourceEntry } from "#gateway/registry/entities.ts";
import type { Registry } from "#gateway/registry/registry.ts";
import { isWellFormed } from "#gateway/registry/well-formed.ts";
import type { AsAsked, LookupRequest, MatchRequest } from "./inquiry-request.ts";
import type { Timing } from "./observe.ts";
import type { InquiryServices } from "./inquiry.ts";

export const NOW = Date.UTC(2026, 10, 21, 2);
const ORGANISATION = { code: "11340000MB0E00011X", name: "示例市政务服务中心", region: "340100" };

export const WINDOW: Caller = {
  id: "window",
  network: "remote",
  authentication: "token",
  organisation: ORGANISATION,
  roles: ["department"],
  perMinute: 100,
};

const field = (
  zh: string,
  type: Resource["fields"][string]["type"],
  classification: "public" | "general" | "personal" | "sensitive",
) => ({
  zh,
  en: zh,
  type,
  classification,
});

/** A register that anybody with a purpose may ask, without sensitive fields but one. */
export const REGISTER: Resource = {
  id: "register",
  zh: "登记簿",
  en: "Register",
  provider: { code: "11440000MB0E0002XC", name: "登记机构" },
  sharing: { kind: "unconditional" },
  classification: "general",
  updateFrequency: "daily",
  fields: {
    number: field("证号", "certificate-number", "public"),
    holderName: field("权利人", "name", "personal"),
    holderCode: field("证件号", "holder-code", "sensitive"),
    note: field("附记", "text", "general"),
    state: field("状态", "code", "public"),
  },
  keys: [["number"]],
  sources: { "340000": "anhui" },
  licence: {
    typeCodes: ["T"],
    number: "number",
    state: "state",
    holderName: "holderName",
    holderCode: "holderCode",
    states: { 现势: "in-force", 注销: "cancelled" },
    issuers: [],
  },
};

/** The same, for which an organisation needs a grant. */
export const CONDITIONAL: Resource = {
  ...REGISTER,
  id: "conditional",
  sharing: { kind: "conditional", conditions: "按授权使用" },
};

const ITEM: Item = {
  code: "I-1",
  zh: "示例事项",
  en: "Sample item",
  aliases: [],
  group: "real-estate",
  uses: { register: Object.keys(REGISTER.fields), conditional: Object.keys(REGISTER.fields) },
};

export const GRANT: Grant = {
  id: "grant-1",
  organisation: ORGANISATION.code,
  resource: "conditional",
  fields: Object.keys(REGISTER.fields),
  items: ["I-1"],
  from: "2026-01-01T00:00:00Z",
  until: "2027-01-01T00:00:00Z",
  perDay: 2,
  basis: "依据",
  scene: "场景",
  suspended: false,
};

const CASES: readonly Case[] = [
  { number: "C-1", organisation: ORGANISATION.code, item: "I-1", state: "open" },
  { number: "C-2", organisation: ORGANISATION.code, item: "I-1", state: "closed" },
  { number: "C-3", organisation: ORGANISATION.code, item: "I-2", state: "open" },
];

const SOURCE: SourceEntry = { id: "anhui", resource: "register", zh: "", en: "", settings: { kind: "table" } };

export const PURPOSE = {
  organisation: ORGANISATION.code,
  official: "li",
  itemCode: "I-1",
  itemName: "示例事项",
  caseNumber: "C-1",
  consent: null,
} as const;

export const SECRET = { name: "欧阳示例", code: "11010519491231002X" } as const;
export const FOUND: LookupAnswer = {
  kind: "found",
  asOf: "2026-11-20T00:00:00Z",
  reference: `ref-${SECRET.code}`,
  record: {
    number: "第1号",
    holderName: SECRET.name,
    holderCode: SECRET.code,
    note: `共有人${SECRET.name}（${SECRET.code.toLowerCase()}）`,
    state: "现势",
  },
};

type Scene = {
  readonly grants?: readonly Grant[];
  readonly lookup?: (question: LookupQuestion) => Promise<LookupAnswer>;
  readonly match?: (question: MatchQuestion) => Promise<MatchAnswer>;
  readonly append?: () => Promise<void>;
  readonly quota?: InquiryServices["quota"];
  readonly services?: Partial<InquiryServices>;
};

const policies = openPolicies(SHIPPED_SET);

/** The real policies over a small registry in memory; sources as given. */
export function sceneOf({ grants = [], ...scene }: Scene = {}) {
  const records: ExchangeRecord[] = [];
  const entries: LogEntry[] = [];
  const observed: { readonly record: ExchangeRecord; readonly timing: Timing }[] = [];
  const asked: (LookupQuestion | MatchQuestion)[] = [];
  const notices: NewNotice[] = [];
  const resources = new Map([REGISTER, CONDITIONAL].map((each) => [each.id, each]));
  const unavailable = (): never => {
    throw new SourceError("SOURCE_UNAVAILABLE", "no such source in this test");
  };
  const registry = {
    resource: (id: string) => resources.get(id) ?? null,
    item: (code: string) => (code === ITEM.code ? ITEM : null),
    source: (id: string) => (id === SOURCE.id ? SOURCE : null),
    grants: (organisation: string, resource: string) =>
      grants.filter((grant) => grant.organisation === organisation && grant.resource === resource),
    case: async (organisation: string, number: string) =>
      CASES.find((each) => each.organisation === organisation && each.number === number) ?? null,
  } satisfies Partial<Registry>;
  const store = openDutiesStore(":memory:");
  const services: InquiryServices = {
    registry: registry as unknown as Registry,
    authorize: policies.authorize,
    access: "loopback",
    approvals: approvalsIn(store, () => NOW),
    notices: { add: (notice) => void notices.push(notice) },
    pseudonym: (text) => `pseudonym-${text.length}`,
    quota: scene.quota ?? { take: async () => true, giveBack: async () => {} },
    isWellFormed,
    onUnanswered: () => {},
    clock: () => NOW,
    sources: {
      async lookup(_, question) {
        asked.push(question);
        return await (scene.lookup ?? (async () => FOUND))(question);
      },
      async match(_, question) {
        asked.push(question);
        return await (scene.match ?? unavailable)(question);
      },
    },
    log: {
      async append(entry) {
        await scene.append?.();
        entries.push(entry);
        records.push(entry.record);
      },
    },
    observe: (record, timing) => void observed.push({ record, timing }),
    ...scene.services,
  };
  return { services, records, entries, observed, asked, notices };
}

/** How it came in. */
const ASKED = {
  asked: { target: "POST /v1/lookups", sha256: "0".repeat(64) },
  calls: { signal: new AbortController().signal },
} as const;

export const lookupOf = (changes: Partial<LookupRequest> = {}): AsAsked<LookupRequest> => ({
  ...ASKED,
  caller: WINDOW,
  resource: "register",
  region: "340100",
  keys: { number: "第1号" },
  fields: ["number", "holderName", "note", "state"],
  purpose: PURPOSE,
  approval: null,
  ...changes,
});

export const matchOf = (changes: Partial<MatchRequest> = {}): AsAsked<MatchRequest> => ({
  ...ASKED,
  caller: WINDOW,
  resource: "register",
  region: "340100",
  keys: { number: "第1号" },
  claims: { holderName: SECRET.name },
  purpose: PURPOSE,
  approval: null,
  ...changes,
});

export const BROKEN_SOURCES: InquiryServices["sources"] = {
  lookup: () => Promise.reject(new TypeError("x")),
  match: () => Promise.reject(new TypeError("x")),
};
export const unavailable = (): never => {
  throw new Fault("REGISTRY_UNAVAILABLE");
};
