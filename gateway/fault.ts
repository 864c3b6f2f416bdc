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
  DENIED: { status: 403, zh: "策略不允许此操作", en: "The policies do not permit this", retry: null },
  NOT_FOUND: { status: 404, zh: "没有这个地址", en: "There is nothing at this address", retry: null },
  EXCHANGE_UNKNOWN: { status: 404, zh: "没有这条核验记录", en: "No such exchange is recorded", retry: null },
  METHOD_NOT_ALLOWED: { status: 405, zh: "此地址不支持该方法", en: "This address has no such method", retry: null },
  REQUEST_TIMEOUT: { status: 408, zh: "请求发送超时", en: "The request took too long to arrive", retry: 1 },
  BODY_TOO_LARGE: { status: 413, zh: "文件超过允许的大小", en: "The document is larger than allowed", retry: null },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    zh: "不支持的内容类型",
    en: "The content type is not supported",
    retry: null,
  },
  HEADERS_TOO_LARGE: { status: 431, zh: "请求头过大", en: "The request's headers are too large", retry: null },
  INTERNAL: { status: 500, zh: "系统内部错误", en: "The service failed", retry: null },
  BUSY: { status: 503, zh: "系统繁忙，请稍后重试", en: "The service is busy", retry: 2 },
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
