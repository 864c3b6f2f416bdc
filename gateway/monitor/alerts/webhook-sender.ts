import { createHmac } from "node:crypto";
import { Agent, request } from "undici";
import type { Delivery } from "./alert-store.ts";

/** Why something was not taken; a code, nothing of what was answered. */
export class WebhookError extends Error {
  override readonly name = "WebhookError";
}

type Options = {
  readonly url: URL;
  /** Key of the signature. */
  readonly secret: string;
  /** This gateway's own name. */
  readonly gateway: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Milliseconds for one attempt. */
  readonly patience?: number;
};

export type WebhookSender = {
  /** Resolves when the other side has taken it (a status of 200 to 299). Throws WebhookError. */
  readonly send: (delivery: Delivery) => Promise<void>;
  readonly close: () => Promise<void>;
};

const PATIENCE = 5000;
const ANSWER_BYTES = 65_536;

/**
 * POSTs a change of an alert as JSON `{ id, gateway, alert }`. `tongyan-signature: t=<seconds>,v1=<hex>` is HMAC-SHA256 by the secret over
 * `<seconds>.<body>`, so that the receiver can tell who sent it and when. No redirection is followed, and what is answered is not read.
 */
export function webhookSender({ url, secret, gateway, clock, patience = PATIENCE }: Options): WebhookSender {
  const agent = new Agent({ connections: 1, pipelining: 1, connect: { timeout: patience }, allowH2: false });
  return {
    async send({ id, alert }) {
      const body = JSON.stringify({ id, gateway, alert });
      const status = await post(agent, url, {
        headers: { "content-type": "application/json", "tongyan-signature": signatureOf(body, secret, clock()) },
        body,
        signal: AbortSignal.timeout(patience),
      });
      if (status >= 300 && status < 400) throw new WebhookError("REDIRECTED");
      if (status < 200 || status >= 300) throw new WebhookError(`STATUS_${status}`);
    },
    close: () => agent.destroy(),
  };
}

type Post = { readonly headers: Readonly<Record<string, string>>; readonly body: string; readonly signal: AbortSignal };

async function post(agent: Agent, url: URL, { headers, body, signal }: Post): Promise<number> {
  try {
    const answer = await request(url, { dispatcher: agent, method: "POST", headers, body, signal });
    // What counts is the status. Whoever answers without end is hung up on.
    await answer.body.dump({ limit: ANSWER_BYTES, signal });
    return answer.statusCode;
  } catch (error) {
    if (signal.aborted) throw new WebhookError("TIMEOUT");
    throw new WebhookError(codeOf(error), { cause: error });
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "FAILED";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}

/** As in `t=1792540800,v1=6b1f…`. `now` in milliseconds. */
export function signatureOf(body: string, secret: string, now: number): string {
  const seconds = Math.floor(now / 1000);
  return `t=${seconds},v1=${createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex")}`;
}
