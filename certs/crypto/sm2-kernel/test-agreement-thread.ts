import { parentPort, workerData } from "node:worker_threads";
import { Sm2Kernel } from "./kernel.ts";
import { disagreements } from "./test-agreement.ts";

/** Run by agreement.test.ts with the number of signatures. */
parentPort?.postMessage(disagreements(Sm2Kernel.start(), Number(workerData)));
