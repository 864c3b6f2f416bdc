import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Serving, startServing } from "../process/serving.ts";
import { demoKeys, type Gateway, gatewayAt } from "./gateway.ts";

/** The demo with its three regions, on data of its own. */
export type DemoService = {
  readonly data: string;
  readonly serving: Serving;
  readonly gateway: Gateway;
  readonly close: () => Promise<void>;
};

export async function startDemo(environment: Readonly<Record<string, string>> = {}): Promise<DemoService> {
  const data = mkdtempSync(join(tmpdir(), "tongyan-"));
  const serving = await startServing({ TONGYAN_DATA: data, ...environment });
  return {
    data,
    serving,
    gateway: gatewayAt(serving.url, demoKeys(data)),
    async close() {
      await serving.end("SIGTERM");
      rmSync(data, { recursive: true, force: true });
    },
  };
}
