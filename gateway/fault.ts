import { STATUS_CODES } from "node:http";

type Row = {
  readonly status: number;
  readonly zh: string;
  readonly en: string;
  /** Seconds after which the same request may succeed; null when it will not. */
  readonly retry: number | null;
};

/** Every error the service answers with, except input that certs refuses (see certs/refusal.ts). */
export const FAULTS = {
  INVALID_REQUEST: {
    status: 400,
    zh: "请求不符合接口约定",
    en: "The request does not fit the contract",
    retry: null,
  },
  EMPTY_BODY: { status: 400, zh: "请求中没有文件内容", en: "The request holds no document", retry: null },
  MULTIPART_INVALID: {
    status: 400,
    zh: "表单必须且只能包含一个名为 file 的文件",
    en: "The form must hold exactly one part, a file named 'file'",
    retry: null,
  },
  AUTHENTICATION_REQUIRED: {
    status: 401,
    zh: "需要先获取访问令牌",
    en: "An access token is needed",
    retry: null,
  },
  TOKEN_INVALID: { status: 401, zh: "访问令牌无效", en: "The access token is not valid", retry: null },
  ASSERTION_INVALID: { status: 401, zh: "客户端断言无效", en: "The client assertion is not valid", retry: null },
  SIGNATURE_INVALID: { status: 401, zh: "请求签名无效", en: "The request's signature is not valid", retry: null },
  REPLAYED: { status: 401, zh: "该请求已被使用过", en: "This was used before", retry: null },
  DENIED: { status: 403, zh: "策略不允许此操作", en: "The policies do not permit this", retry: null },
  NOT_FOUND: { status: 404, zh: "没有这个地址", en: "There is nothing at this address", retry: null },
  EXCHANGE_UNKNOWN: { status: 404, zh: "没有这条核验记录", en: "No such exchange is recorded", retry: null },
  RESOURCE_UNKNOWN: { status: 404, zh: "目录中没有该数据资源", en: "The catalogue has no such resource", retry: null },
  ENTRY_UNKNOWN: { status: 404, zh: "没有这个登记项", en: "There is no such entry", retry: null },
  NO_SOURCE: {
    status: 404,
    zh: "该区划没有提供此数据资源的数据源",
    en: "No source holds this resource for the region",
    retry: null,
  },
  METHOD_NOT_ALLOWED: { status: 405, zh: "此地址不支持该方法", en: "This address has no such method", retry: null },
  REQUEST_TIMEOUT: { status: 408, zh: "请求发送超时", en: "The request took too long to arrive", retry: 1 },
  APPROVAL_USED: {
    status: 409,
    zh: "该审批刚被另一请求使用",
    en: "Another request has just used this approval",
    retry: null,
  },
  RETENTION_RUNNING: {
    status: 409,
    zh: "法定保存期限未满，所列依据不足以提前销毁",
    en: "The law's term for keeping it has not ended, and the basis given does not go before that",
    retry: null,
  },
  ENTRY_CHANGED: {
    status: 412,
    zh: "登记项已被他人修改",
    en: "The entry was changed by somebody else",
    retry: null,
  },
  BODY_TOO_LARGE: { status: 413, zh: "文件超过允许的大小", en: "The document is larger than allowed", retry: null },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    zh: "不支持的内容类型",
    en: "The content type is not supported",
    retry: null,
  },
  KEYS_INVALID: {
    status: 422,
    zh: "查询条件不符合该数据资源的要求",
    en: "The keys do not fit the resource",
    retry: null,
  },
  FIELDS_INVALID: {
    status: 422,
    zh: "所列字段不属于该数据资源",
    en: "The fields do not fit the resource",
    retry: null,
  },
  ENTRY_INVALID: { status: 422, zh: "登记内容不符合要求", en: "The entry does not fit its kind", retry: null },
  TABLE_INVALID: { status: 422, zh: "表格无法导入", en: "The table cannot be taken in", retry: null },
  RATE_LIMITED: { status: 429, zh: "请求过于频繁", en: "Too many requests", retry: 60 },
  QUOTA_EXCEEDED: { status: 429, zh: "今日授权额度已用完", en: "The grant's quota for today is used up", retry: 3600 },
  HEADERS_TOO_LARGE: { status: 431, zh: "请求头过大", en: "The request's headers are too large", retry: null },
  INTERNAL: { status: 500, zh: "系统内部错误", en: "The service failed", retry: null },
  SOURCE_MISBEHAVED: {
    status: 502,
    zh: "数据源的答复不可用",
    en: "The source's answer cannot be used",
    retry: null,
  },
  BUSY: { status: 503, zh: "系统繁忙，请稍后重试", en: "The service is busy", retry: 2 },
  SOURCE_UNAVAILABLE: { status: 503, zh: "数据源暂时无法答复", en: "The source cannot answer now", retry: 10 },
  REGISTRY_UNAVAILABLE: {
    status: 503,
    zh: "登记内容暂时无法修改",
    en: "The registry cannot be changed now",
    retry: 10,
  },
  LOG_UNAVAILABLE: {
    status: 503,
    zh: "核验记录无法保存，因此不予答复",
    en: "The exchange cannot be recorded, so there is no answer",
    retry: 10,
  },
  POLICY_UNAVAILABLE: {
    status: 503,
    zh: "授权策略无法执行，因此不予答复",
    en: "The policies cannot be evaluated, so there is no answer",
    retry: 10,
  },
} as const satisfies Record<string, Row>;

export type FaultCode = keyof typeof FAULTS;

type Circumstances = {
  /** For the log only. */
  readonly cause?: unknown;
  /** The recorded exchange. */
  readonly exchange?: string;
};

/** `detail` is for the caller (places and names, never content) and is withheld on a status of 500 or more. */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: FaultCode;
  readonly detail: string | undefined;
  readonly exchange: string | undefined;

  constructor(code: FaultCode, detail?: string, circumstances: Circumstances = {}) {
    super(detail === undefined ? code : `${code}: ${detail}`, { cause: circumstances.cause });
    this.code = code;
    this.detail = detail;
    this.exchange = circumstances.exchange;
  }
}

/** The members of RFC 9457, a stable code, and one sentence in each language. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly verdict?: "REFUSED";
  readonly detail?: string;
  readonly zh: string;
  readonly en: string;
  readonly exchange?: string;
};

export function problemOfFault(fault: Fault): Problem {
  const { status, zh, en } = FAULTS[fault.code];
  return {
    type: `urn:tongyan:fault:${fault.code}`,
    title: en,
    status,
    code: fault.code,
    ...(fault.detail !== undefined && status < 500 && { detail: fault.detail }),
    zh,
    en,
    ...(fault.exchange !== undefined && { exchange: fault.exchange }),
  };
}

/** An HTTP/1.1 response for a connection on which no request could be read, so that no handler can answer. */
export function rawProblemResponse(fault: Fault): string {
  const { status } = FAULTS[fault.code];
  const body = JSON.stringify(problemOfFault(fault));
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Error"}`,
    "content-type: application/problem+json; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
    "",
    body,
  ].join("\r\n");
}
