/** The process that asks. It does what it is sent and ends with the one that started it. */
import type { FromGenerator, ToGenerator } from "./generator-messages.ts";
import { HeaderMaker } from "./request-source.ts";
import { runLoad } from "./run-load.ts";

let headers = new HeaderMaker({});

const tell = (message: FromGenerator): void => void process.send?.(message);

process.on("message", (message: ToGenerator) => {
  if (message.kind === "authorize") headers.authorize(message.tokens);
  else void measure(message);
});
process.once("disconnect", () => process.exit());

async function measure({ order }: ToGenerator & { kind: "measure" }): Promise<void> {
  headers = new HeaderMaker(order.tokens);
  try {
    tell({ kind: "result", result: await runLoad(order, headers, (progress) => tell({ kind: "progress", progress })) });
  } catch (error) {
    tell({ kind: "failed", why: error instanceof Error ? error.message : "unknown" });
  }
}
