import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readFollowedLogs } from "./followed-logs.ts";
import { Witness } from "./witness.ts";
import { openWitnessKey } from "./witness-key.ts";
import { openWitnessMemory } from "./witness-memory.ts";
import { serveWitness } from "./witness-server.ts";

/** A line of the witness's own log. */
export type Line = Readonly<Record<string, unknown>> & { readonly message: string };

export type TestWitness = {
  readonly url: string;
  readonly vkey: string;
  /** As TONGYAN_WITNESSES has it. */
  readonly address: string;
  readonly lines: readonly Line[];
  /** Ends it; `restart` goes on with the same key and memory at the same address. */
  readonly stop: () => Promise<void>;
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** A witness as `tongyan witness` runs it, in this process. */
export async function startTestWitness(
  vkeys: readonly string[],
  { name = "witness.example/w1", clock = Date.now }: { name?: string; clock?: () => number } = {},
): Promise<TestWitness> {
  const directory = mkdtempSync(join(tmpdir(), "test-witness-"));
  const lines: Line[] = [];
  const tell = (facts: object, message: string): void => void lines.push({ ...facts, message });
  const start = async (port: number) => {
    const memory = openWitnessMemory(directory);
    const key = openWitnessKey(directory, name, memory);
    const witness = new Witness({ key, logs: readFollowedLogs(vkeys), memory, clock });
    const logger = { info: tell, error: tell };
    const server = await serveWitness({ witness, identity: key, logger }, { host: "127.0.0.1", port });
    return { server, memory, key };
  };
  let running = await start(0);
  let isRunning = true;
  const { url } = running.server;
  const { vkey } = running.key;
  const stop = async (): Promise<void> => {
    if (!isRunning) return;
    isRunning = false;
    await running.server.close();
    running.memory.close();
  };
  return {
    url,
    vkey,
    address: `${url} ${vkey}`,
    lines,
    stop,
    async restart() {
      await stop();
      running = await start(Number(new URL(url).port));
      isRunning = true;
    },
    async close() {
      await stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
