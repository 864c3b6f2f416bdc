// The sequencer's thread, which dies of its first message while there is a file named "die" in the log's directory.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";

if (existsSync(join(String(workerData.directory), "die"))) parentPort?.once("message", () => process.exit(1));
await import("#gateway/log/sequencer/sequencer-thread.ts");
