import type { Serves } from "./checks/catalogue.ts";
import { type Worst, reasonOf } from "./judge.ts";
import { type ReasonCode, UNSURE_REASONS, type UnsureCode } from "./reasons.ts";
import type { Answer, Sentence } from "./report.ts";

/** The words that people read: one sentence per outcome, in Chinese and English. */

const PASSED: { readonly [S in Serves]: Sentence } = {
  integrity: { zh: "文件盖章后未被改动", en: "Nothing was changed since the document was sealed" },
  authority: { zh: "印章和签发机关可信", en: "Seal and signer lead to a trusted authority" },
  status: {
    zh: "在证照载明的有效期内，未向签发机关查询",
    en: "Within the dates on the licence; the issuer was not asked",
  },
};

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
};

export function answerOf(serves: Serves, worst: Worst): Answer {
  if (worst.outcome === "passed") return { outcome: "passed", code: "OK", ...PASSED[serves] };
  const { zh, en } = reasonOf(worst.code);
  return { outcome: worst.outcome, code: worst.code, zh, en };
}

export const notAsked = (which: "status" | "binding"): Answer => ({
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
} as const satisfies Record<string, Sentence>;

/** The report's one sentence: what was found, and for an open question what would decide it. */
export function summaryOf(worst: Worst, how: keyof typeof GENUINE): Sentence {
  if (worst.outcome === "passed") return GENUINE[how];
  const { zh, en } = reasonOf(worst.code);
  if (worst.outcome === "failed") return { zh: `${zh}。`, en: `${en}.` };
  const decides = isUnsure(worst.code) ? DECIDES[worst.code] : null;
  return { zh: `${zh}。${decides?.zh ?? ""}。`, en: `${en}. ${decides?.en ?? ""}.` };
}

const isUnsure = (code: ReasonCode): code is UnsureCode => Object.hasOwn(UNSURE_REASONS, code);
