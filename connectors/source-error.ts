/** Why a source gave no answer that can be used. `transient`: the same question may be answered a little later. */
export const SOURCE_ERRORS = {
  SOURCE_UNAVAILABLE: { transient: true, zh: "数据源无法连接", en: "The source cannot be reached" },
  SOURCE_TIMEOUT: { transient: true, zh: "数据源未在时限内答复", en: "The source did not answer in time" },
  SOURCE_SUSPENDED: {
    transient: true,
    zh: "数据源连续失败，暂停访问",
    en: "The source failed repeatedly and is left alone for a while",
  },
  SOURCE_FAILED: { transient: true, zh: "数据源内部错误", en: "The source reported an error of its own" },
  SOURCE_REFUSED: { transient: false, zh: "数据源拒绝了本网关的请求", en: "The source refused this gateway" },
  SOURCE_TOO_LARGE: {
    transient: false,
    zh: "数据源的答复超过允许的大小",
    en: "The source's answer is larger than allowed",
  },
  SOURCE_MALFORMED: {
    transient: false,
    zh: "数据源的答复不符合约定",
    en: "The source's answer does not fit its contract",
  },
  SOURCE_WRONG_RECORD: {
    transient: false,
    zh: "数据源答复了另一条记录",
    en: "The source answered with another record",
  },
  SOURCE_REDIRECTED: { transient: false, zh: "数据源要求转向其他地址", en: "The source redirected to another address" },
  SOURCE_ADDRESS: { transient: false, zh: "数据源的地址不被允许", en: "The source's address is not allowed" },
  SOURCE_UNTRUSTED: {
    transient: false,
    zh: "数据源的签名或证书不可信",
    en: "The source's signature or certificate is not trusted",
  },
  KEYS_AMBIGUOUS: { transient: false, zh: "给出的条件对应多条记录", en: "The keys fit more than one record" },
} as const satisfies Record<string, { readonly transient: boolean; readonly zh: string; readonly en: string }>;

export type SourceErrorCode = keyof typeof SOURCE_ERRORS;

/** `detail` is for operators: places and codes, never a value of a record. */
export class SourceError extends Error {
  override readonly name = "SourceError";
  readonly code: SourceErrorCode;
  readonly detail: string;
  /** Milliseconds after which to try again, where the source or the breaker says so. */
  readonly retryAfter: number | null;
  /** Whether anything of the question may have left: only what never did may be asked again at once. */
  readonly sent: boolean;

  constructor(
    code: SourceErrorCode,
    detail: string,
    circumstances: { readonly cause?: unknown; readonly retryAfter?: number; readonly sent?: boolean } = {},
  ) {
    super(`${code}: ${detail}`, { cause: circumstances.cause });
    this.code = code;
    this.detail = detail;
    this.retryAfter = circumstances.retryAfter ?? null;
    this.sent = circumstances.sent ?? true;
  }
}
