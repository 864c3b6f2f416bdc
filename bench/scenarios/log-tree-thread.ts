// Worker thread of log-tree.ts.
import { parentPort, workerData } from "node:worker_threads";
import { growHere } from "./log-tree.ts";

parentPort?.postMessage(growHere(workerData));
