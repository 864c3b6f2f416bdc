import { join } from "node:path";
import { tokenFor } from "#gateway/cli/token-for.ts";
import { BenchProcess } from "../processes.ts";
import { CLIENT } from "./questions.ts";
import type { Scene } from "./scene.ts";

/** A gateway in a process of its own. */
export type Gateway = {
  readonly process: BenchProcess;
  readonly origin: string;
  /** A fresh token of the client that asks, by its name: they end after some minutes. */
  readonly tokens: () => Promise<Readonly<Record<string, string>>>;
  readonly stop: () => Promise<void>;
};

/** `directory`: where its log of events goes. `script`: another entry than the gateway's own. */
export async function startGateway(
  scene: Scene,
  {
    directory,
    script = "gateway/main.ts",
    environment = {},
  }: {
    readonly directory: string;
    readonly script?: string;
    readonly environment?: Readonly<Record<string, string>>;
  },
): Promise<Gateway> {
  const process = new BenchProcess(script, ["serve"], join(directory, "gateway.log"), {
    ...scene.environment,
    ...environment,
  });
  const origin = await process.origin();
  return {
    process,
    origin,
    tokens: async () => ({ [CLIENT]: await tokenFor({ client: CLIENT, key: scene.key, url: origin }) }),
    stop: () => process.stop(),
  };
}
