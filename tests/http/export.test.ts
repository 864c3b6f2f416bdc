import { once } from "node:events";
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Operations } from "#gateway/http/operations.ts";
import { startTestService } from "./service.ts";

const SILENCE = 300;
const LINE = `${"x".repeat(1024 * 1024)}\n`;

/** Asks for an export of these lines; `ended` resolves when nobody fetches any more of them. */
async function exporting(linesOf: () => AsyncIterable<string>) {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  async function* watched() {
    try {
      yield* linesOf();
    } finally {
      resolve();
    }
  }
  const evidence = { exportExchanges: async () => watched() } as unknown as Operations["evidence"];
  const service = await startTestService({ evidence, timeouts: { silence: SILENCE } });
  const headers = await service.token("window");
  const asked = request(`${service.url}/v1/exchanges/export`, { headers }).end();
  const [answer] = await once(asked, "response");
  return { answer, ended, close: service.close };
}

test("whoever takes nothing of an export is hung up on", async () => {
  const { answer, ended, close } = await exporting(async function* () {
    for (;;) yield LINE;
  });
  answer.pause();
  await ended;
  answer.destroy();
  await close();
});

test("whoever waits because nothing is found is not", async () => {
  const { answer, close } = await exporting(async function* () {
    yield "first\n";
    await sleep(4 * SILENCE);
    yield "last\n";
  });
  expect((await answer.toArray()).join("")).toBe("first\nlast\n");
  await close();
});
