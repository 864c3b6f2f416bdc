import { describe, expect, test } from "vitest";
import type { ExchangeLog } from "#gateway/log/exchange-log.ts";
import { retentionOf } from "./retention.ts";
import { notedActs } from "./test-scene.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 21);
const TERM = 1096 * DAY;

describe("retention", () => {
  function scene(due: { readonly exchanges: number; readonly acts: number }) {
    const done: string[] = [];
    const troubles: string[] = [];
    const index = {
      async dueForRetention(bounds: object) {
        done.push(`asked ${JSON.stringify(bounds)}`);
        return due;
      },
      async retain() {
        done.push("erased");
        return due;
      },
    };
    const log = { index, discardJournal: async () => void done.push("journal discarded") };
    const retention = retentionOf({
      log: log as unknown as Pick<ExchangeLog, "discardJournal" | "index">,
      acts: notedActs(done),
      term: TERM,
      clock: () => NOW,
      onTrouble: (what) => troubles.push(what),
    });
    return { done, troubles, retention };
  }

  test("is one act for all of it, with counts, before anything is erased", async () => {
    const { done, retention } = scene({ exchanges: 5, acts: 1 });
    expect(await retention.run()).toEqual({ exchanges: 5, acts: 1 });
    expect(done).toEqual([
      `asked {"exchangesBefore":${NOW - TERM},"actsBefore":${NOW - 3650 * DAY}}`,
      'recorded apply-retention {"exchanges":5,"acts":1,"exchangesBefore":"2023-11-21T00:00:00.000Z","actsBefore":"2016-11-23T00:00:00.000Z"}',
      "journal discarded",
      "erased",
    ]);
  });

  test("leaves nothing behind where nothing is due", async () => {
    const { done, retention } = scene({ exchanges: 0, acts: 0 });
    expect(await retention.run()).toEqual({ exchanges: 0, acts: 0 });
    expect(done).toHaveLength(1);
  });
});
