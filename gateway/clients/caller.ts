import type { Organisation, Role } from "#gateway/registry/entities.ts";

/** From where a call reached us. `proxied`: this machine, on behalf of somebody elsewhere. */
export type Network = "loopback" | "remote" | "proxied";

/** How we know who is asking. `hmac-bare`: headers that do not cover the body. */
export type Authentication = "none" | "token" | "certificate" | "hmac" | "hmac-bare";

/** Who is asking, once for each request. A caller without authentication is `local` or `anonymous` and has no organisation. */
export type Caller = {
  readonly id: string;
  readonly network: Network;
  readonly authentication: Authentication;
  readonly organisation: Organisation | null;
  readonly roles: readonly Role[];
  /** Requests a minute for each resource. */
  readonly perMinute: number;
};
