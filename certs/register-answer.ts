type Words = Readonly<Record<string, { readonly zh: string; readonly en: string }>>;

/** What a register can say of a licence. */
export const REGISTER_STATES = {
  "in-force": { zh: "有效", en: "in force" },
  suspended: { zh: "暂停", en: "suspended" },
  revoked: { zh: "吊销或撤销", en: "revoked" },
  cancelled: { zh: "注销", en: "cancelled" },
  expired: { zh: "失效", en: "expired" },
  superseded: { zh: "已换发", en: "superseded" },
  unknown: { zh: "状态不明", en: "state unknown" },
} as const satisfies Words;
export type RegisterState = keyof typeof REGISTER_STATES;

/** How what the licence says of its holder compares. `not-asked`: the licence says nothing that could be compared. */
export const HOLDER_RESULTS = {
  match: { zh: "一致", en: "matches" },
  mismatch: { zh: "不一致", en: "does not match" },
  "no-data": { zh: "登记中没有", en: "not in the register" },
  "not-asked": { zh: "未核对", en: "not compared" },
} as const satisfies Words;
export type HolderResult = keyof typeof HOLDER_RESULTS;
export type HolderComparison = { readonly name: HolderResult; readonly code: HolderResult };

/** Whether the catalogue lists the issuer among those that may issue this kind of licence. */
export const ENTITLEMENTS = {
  entitled: { zh: "有权颁发", en: "entitled to issue it" },
  "not-entitled": { zh: "无权颁发", en: "not entitled to issue it" },
  unknown: { zh: "无法确认是否有权颁发", en: "entitlement unknown" },
} as const satisfies Words;
export type Entitlement = keyof typeof ENTITLEMENTS;

/** Why the register that the caller named was not asked. */
export const NOT_ASKED_REASONS = {
  DOCUMENT_FAILED: { zh: "文件本身未通过核验", en: "the document itself failed" },
  NO_LICENCE: { zh: "文件没有证照元数据", en: "the document carries no licence metadata" },
  NOT_PROVEN: { zh: "证照内容未经签章证明", en: "no good signature covers what it says of the licence" },
  TYPE_NOT_KEPT: { zh: "该登记不管理此类证照", en: "this register does not keep licences of this kind" },
  NO_NUMBER: { zh: "证照没有可查询的编号", en: "the licence has no number that could be asked about" },
  NO_REGION: { zh: "看不出颁发机构的区划，请指明", en: "the issuer's region cannot be told; name it" },
  OTHER_REGION: { zh: "指明的区划不在颁发机构所在省份", en: "the region named is in another province than the issuer" },
  ISSUER_NOT_ENTITLED: { zh: "颁发机构无权颁发该类证照", en: "the issuer may not issue this kind of licence" },
} as const satisfies Words;
export type NotAskedReason = keyof typeof NOT_ASKED_REASONS;

/** `region` of the register, six digits; null when none could be told. */
type Question = { readonly resource: string; readonly region: string | null };
type Unheard = {
  readonly source: null;
  readonly asOf: null;
  readonly reference: null;
  readonly state: null;
  readonly holder: null;
};
/** `asOf`: RFC 3339, from when the register's data are. `reference`: its own name for the answer. */
type Heard = { readonly code: null; readonly source: string; readonly asOf: string; readonly reference: string };

/**
 * What came of asking the register of a licence, as the report keeps it: comparisons and codes, nothing of the record itself.
 * `code` says why there is no answer.
 */
export type RegisterAnswer = Question &
  (
    | (Heard & {
        readonly outcome: "found";
        readonly issuer: Entitlement;
        readonly state: RegisterState;
        readonly holder: HolderComparison;
      })
    | (Heard & {
        readonly outcome: "not-found";
        readonly issuer: Entitlement;
        readonly state: null;
        readonly holder: null;
      })
    | (Unheard & { readonly outcome: "unanswered"; readonly issuer: Entitlement; readonly code: string })
    | (Unheard & {
        readonly outcome: "not-asked";
        readonly issuer: Entitlement | null;
        readonly code: NotAskedReason;
      })
  );

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** Whether a text is a moment as `asOf` has it; sources and saved reports may say anything. */
export const isMoment = (text: string): boolean => RFC_3339.test(text) && !Number.isNaN(Date.parse(text));
