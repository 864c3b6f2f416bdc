// Worker thread of index-client.ts: owns the index, so that neither a search nor fsync holds up the service's event loop.
import { parentPort, workerData } from "node:worker_threads";
import type { IndexRequest } from "./index-messages.ts";
import { IndexWork } from "./index-work.ts";

const work = new IndexWork(workerData, (answer) => parentPort?.postMessage(answer));

parentPort?.on("message", (request: IndexRequest) => {
  switch (request.kind) {
    case "call":
      return work.call(request);
    case "durable":
      return work.durable(request.size);
    case "close":
      work.close();
      return parentPort?.close();
  }
});
