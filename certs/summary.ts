import { type Judgement, type Worst, reasonOf } from "./judge.ts";
import { type ReasonCode, UNSURE_REASONS, type UnsureCode } from "./reasons.ts";
import type { Answer, Report, Sentence } from "./report.ts";

/** The words that people read: one sentence per outcome, in Chinese and English. */

const PASSED = {
  integrity: { zh: "文件盖章后未被改动", en: "Nothing was changed since the document was sealed" },
  authority: { zh: "印章和签发机关可信", en: "Seal and signer lead to a trusted authority" },
  dates: {
    zh: "在证照载明的有效期内，未向签发机关查询",
    en: "Within the dates on the licence; the issuer was not asked",
  },
  state: { zh: "登记机关记载为有效", en: "In force, says the register" },
  binding: { zh: "持证主体与登记一致", en: "The register names the same holder" },
} as const satisfies Record<string, Sentence>;

const NOT_ASKED: { readonly [S in "status" | "binding"]: Sentence } = {
  status: { zh: "未查询证照当前状态", en: "The licence's present state was not asked" },
  binding: { zh: "未核对持证主体", en: "The holder was not matched" },
};

/** What would decide an open question. */
const DECIDES: { readonly [Code in UnsureCode]: Sentence } = {
  NOT_EVALUATED: { zh: "请先解决前面未通过的检查", en: "The earlier check has to be settled first" },
  CHECK_ERROR: { zh: "请重试，如再次出现请联系运维", en: "Try again; if it happens again, tell the operator" },
  COVERAGE_GAP: {
    zh: "需要一份签章保护全部内容的文件，或向签发机关核实",
    en: "A file whose seal covers everything shown would decide, or the issuer's word",
  },
  UNREFERENCED_ENTRY: { zh: "需要一份没有夹带文件的原件", en: "A file without the stray entry would decide" },
  ENCRYPTED: { zh: "需要解密后的文件", en: "The decrypted file would decide" },
  NO_TRUST: {
    zh: "把该机构的根证书加入信任目录后可以判定",
    en: "Adding its root certificate to the trust directory would decide",
  },
  NO_CERTIFICATE: { zh: "需要签章人的证书", en: "The signer's certificate would decide" },
  PATH_BUDGET: { zh: "需要一条更短的证书链", en: "A simpler certificate path would decide" },
  CHAIN_EXPIRED: { zh: "需要签章时有效的上级证书", en: "An issuer's certificate valid at that time would decide" },
  CRITICAL_EXTENSION: { zh: "需要该扩展的定义", en: "Knowing what the extension means would decide" },
  TRY_LATER: { zh: "更新吊销列表后可以判定", en: "A current revocation list would decide" },
  REVOKED_NO_POE: { zh: "需要吊销之前的时间戳", en: "A time-stamp from before the revocation would decide" },
  ON_HOLD: { zh: "暂停解除后可以判定", en: "It can be decided when the hold ends" },
  NO_POE: { zh: "需要带时间戳的签章，或采用国家标准程序", en: "A time-stamp would decide, or the national procedure" },
  AUTHORITY_UNMATCHED: {
    zh: "请向证照写明的颁发机构核实",
    en: "The word of the authority that the licence names would decide",
  },
  SEAL_SIZE: { zh: "请人工查看印章遮住的内容，或向签发机关核实", en: "Look at what the seal hides, or ask the issuer" },
  TIMESTAMP_ORDER: { zh: "需要签发机关说明签章时间", en: "The issuer's word on the time of signing would decide" },
  TIME_STAMP_UNTRUSTED: {
    zh: "把该时间戳机构加入信任目录后可以判定",
    en: "Adding the time-stamp authority to the trust directory would decide",
  },
  SEAL_DUPLICATE: { zh: "需要印章管理机关确认", en: "The register of seals would decide" },
  DATE_UNREADABLE: { zh: "请人工查看证照上的日期", en: "Read the dates on the licence by eye" },
  BUDGET: { zh: "请重试，或请管理员放宽限制", en: "Try again, or have the limits widened" },
  REGISTER_NOT_ASKED: {
    zh: "请换用管理该证照的登记，或向登记机关核实",
    en: "The register that keeps this licence would decide",
  },
  REGISTER_UNANSWERED: {
    zh: "请稍后重试，或向登记机关核实",
    en: "Try again later, or have the word of the registering authority",
  },
  REGISTER_STALE: { zh: "需要登记机关更新的数据", en: "Newer data of the register would decide" },
  ENTITLEMENT_UNKNOWN: {
    zh: "把该机构列入目录的颁发机构后可以判定",
    en: "Listing the authority among the issuers in the catalogue would decide",
  },
  LICENCE_NOT_FOUND: {
    zh: "登记可能尚未更新，请向登记机关核实",
    en: "The register may not be up to date: the word of the registering authority would decide",
  },
  HOLDER_NOT_COMPARED: {
    zh: "请登记机关核对持证主体",
    en: "The registering authority's word on the holder would decide",
  },
  LICENCE_SUSPENDED: { zh: "暂停解除后可以判定", en: "It can be decided when the suspension ends" },
  STATE_UNKNOWN: {
    zh: "请向登记机关核实证照现状",
    en: "The registering authority's word on its state would decide",
  },
};

/** What may speak for the status: the register, the licence's own proven dates, or neither. */
export type StatusGround = "register" | "dates" | "nothing";

/** The four answers. A status or holder that nothing speaks for was not asked about; a defect of it still counts. */
export function answersOf({ answers }: Judgement, ground: StatusGround): Report["answers"] {
  const { integrity, authority, status, binding } = answers;
  return {
    integrity: answerOf(integrity, PASSED.integrity),
    authority: answerOf(authority, PASSED.authority),
    status:
      ground === "nothing" && status.outcome === "passed"
        ? notAsked("status")
        : answerOf(status, ground === "register" ? PASSED.state : PASSED.dates),
    binding: ground === "register" ? answerOf(binding, PASSED.binding) : notAsked("binding"),
  };
}

function answerOf(worst: Worst, good: Sentence): Answer {
  if (worst.outcome === "passed") return { outcome: "passed", code: "OK", ...good };
  const { zh, en } = reasonOf(worst.code);
  return { outcome: worst.outcome, code: worst.code, zh, en };
}

const notAsked = (which: "status" | "binding"): Answer => ({
  outcome: "not-asked",
  code: "NOT_ASKED",
  ...NOT_ASKED[which],
});

const GENUINE = {
  sealed: { zh: "文件真实完整，印章和签发机关可信。", en: "Genuine and unchanged, sealed by a trusted authority." },
  signed: {
    zh: "文件真实完整，签名和签发机关可信，没有印章。",
    en: "Genuine and unchanged, signed by a trusted authority, without a seal.",
  },
  registered: {
    zh: "登记机关记载为有效，持证主体一致。",
    en: "The register has it in force, with the same holder.",
  },
} as const satisfies Record<string, Sentence>;

/** What the report says in a sentence or two: what was `found` when all passed, else why not, and for an open question what would decide it. */
export function summaryOf(worst: Worst, found: readonly (keyof typeof GENUINE)[]): Sentence {
  if (worst.outcome === "passed") {
    return { zh: found.map((each) => GENUINE[each].zh).join(""), en: found.map((each) => GENUINE[each].en).join(" ") };
  }
  const { zh, en } = reasonOf(worst.code);
  if (worst.outcome === "failed") return { zh: `${zh}。`, en: `${en}.` };
  const decides = isUnsure(worst.code) ? DECIDES[worst.code] : null;
  return { zh: `${zh}。${decides?.zh ?? ""}。`, en: `${en}. ${decides?.en ?? ""}.` };
}

const isUnsure = (code: ReasonCode): code is UnsureCode => Object.hasOwn(UNSURE_REASONS, code);
