import { createHmac } from "node:crypto";

/** The platforms whose headers are spoken: 国家共享交换平台, 国家政务服务平台 (数据直达接口规范 v0.55). */
export const SCHEMES = ["gjgxjhpt", "gjzwfwpt"] as const;
export type Scheme = (typeof SCHEMES)[number];

export type Requester = {
  readonly scheme: Scheme;
  /** `rid`, of whoever asks. */
  readonly requesterId: string;
  /** `sid`, of the interface that is asked. */
  readonly serviceId: string;
};

/**
 * The four values by which the platform knows a requester: `<scheme>_rid`, `_sid`, `_rtime` (milliseconds since the epoch) and
 * `_sign`, the Base64 of HMAC-SHA256 over sid, rid and rtime. They cover no body and may be replayed: TLS has to protect them.
 */
export function signedValues(requester: Requester, key: string, now: number): Readonly<Record<string, string>> {
  const { scheme, requesterId, serviceId } = requester;
  const time = String(now);
  return {
    [`${scheme}_rid`]: requesterId,
    [`${scheme}_sid`]: serviceId,
    [`${scheme}_rtime`]: time,
    [`${scheme}_sign`]: createHmac("sha256", key).update(`${serviceId}${requesterId}${time}`).digest("base64"),
  };
}
