import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Alert } from "#gateway/monitor/alerts/alert-board.ts";
import { bodyOf, type SourceServer, startSource } from "../connectors/source-server.ts";

/** What came in, and whether its signature was the secret's. */
export type Received = {
  readonly id: string;
  readonly gateway: string;
  readonly alert: Alert;
  readonly isSigned: boolean;
};

export type WebhookReceiver = Pick<SourceServer, "url" | "close"> & {
  readonly received: readonly Received[];
  readonly bodies: readonly string[];
  /** Answers 503 to so many of the next. */
  readonly failNext: (times: number) => void;
  /** Waits for the next one of this alert and state after those that were waited for. */
  readonly next: (id: string, state: Alert["state"]) => Promise<Received>;
};

export async function startReceiver(secret: string): Promise<WebhookReceiver> {
  const received: Received[] = [];
  const bodies: string[] = [];
  let failures = 0;
  let seen = 0;
  const { url, close } = await startSource(async (request, response) => {
    const body = await bodyOf(request);
    const groups = /^t=(?<at>\d+),v1=(?<mac>[0-9a-f]{64})$/.exec(String(request.headers["tongyan-signature"]))?.groups;
    const mac = createHmac("sha256", secret).update(`${groups?.["at"]}.${body}`).digest("hex");
    bodies.push(body);
    received.push({ ...(JSON.parse(body) as Omit<Received, "isSigned">), isSigned: mac === groups?.["mac"] });
    failures -= 1;
    response.writeHead(failures >= 0 ? 503 : 204).end();
  });
  return {
    url,
    close,
    received,
    bodies,
    failNext: (times) => void (failures = times),
    async next(id, state) {
      for (;;) {
        const at = received.findIndex(({ alert }, index) => index >= seen && alert.id === id && alert.state === state);
        const found = received[at];
        if (found !== undefined) {
          seen = at + 1;
          return found;
        }
        await sleep(50);
      }
    },
  };
}
