/** How counting goes. `degraded`: Redis is lost and each gateway counts for itself. */
export type LimitsState = { readonly degraded: boolean; readonly zh: string; readonly en: string };

/** What one gateway gives out by itself while nobody knows what the others do. */
const FRACTION = 4;

/** A quarter, but never nothing. */
export const localShare = (whole: number): number => Math.ceil(whole / FRACTION);

export const COUNTED_HERE: LimitsState = {
  degraded: false,
  zh: "额度和限流在本机计数",
  en: "Quotas and rate limits are counted in this gateway",
};
export const COUNTED_TOGETHER: LimitsState = {
  degraded: false,
  zh: "额度和限流在 Redis 中统一计数",
  en: "Quotas and rate limits are counted in Redis, for all gateways together",
};
export const COUNTED_APART: LimitsState = {
  degraded: true,
  zh: "Redis 无法连接，额度和限流暂在本机计数，按四分之一执行",
  en: "Redis cannot be reached; quotas and rate limits are counted in this gateway, at a quarter",
};
