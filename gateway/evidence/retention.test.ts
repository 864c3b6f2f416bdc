import { afterEach, describe, expect, test, vi } from "vitest";
import { Fault } from "#gateway/fault.ts";
import type { ExchangeLog } from "#gateway/log/exchange-log.ts";
import { retentionOf } from "./retention.ts";
import { notedActs } from "./test-scene.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 21);
const TERM = 1096 * DAY;

describe("retention", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  function scene(due: { readonly exchanges: number; readonly acts: number }, failing: readonly string[] = []) {
    const done: string[] = [];
    const troubles: string[] = [];
    const index = {
      async dueForRetention(bounds: object) {
        done.push(`asked ${JSON.stringify(bounds)}`);
        if (failing.includes("index")) throw new Fault("LOG_UNAVAILABLE");
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
      async forgetDuties(until) {
        done.push(`duties forgotten until ${until}`);
        if (failing.includes("duties")) throw new Fault("REGISTRY_UNAVAILABLE");
      },
      term: TERM,
      clock: () => NOW,
      onTrouble: (...what) => troubles.push(what.join(": ")),
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

  const ASKED = `asked {"exchangesBefore":${NOW - TERM},"actsBefore":${NOW - 3650 * DAY}}`;
  const FORGOTTEN = `duties forgotten until ${NOW - TERM}`;
  test.each<[string, readonly string[], readonly string[]]>([
    ["of both", [], []],
    ["of duties though the log fails", ["index"], ["what was kept for its term could not be erased: LOG_UNAVAILABLE"]],
    [
      "of the log though duties fail",
      ["duties"],
      ["approvals and notices that are over could not be deleted: REGISTRY_UNAVAILABLE"],
    ],
  ])("goes by itself after a minute, and then once a day: %s", async (_, failing, told) => {
    vi.useFakeTimers();
    const { done, troubles, retention } = scene({ exchanges: 0, acts: 0 }, failing);
    retention.start();
    await vi.advanceTimersByTimeAsync(59_999);
    expect(done).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(done).toEqual([ASKED, FORGOTTEN]);
    await vi.advanceTimersByTimeAsync(DAY);
    expect(done).toEqual([ASKED, FORGOTTEN, ASKED, FORGOTTEN]);
    expect(troubles).toEqual([...told, ...told]);
    await retention.close();
    await vi.advanceTimersByTimeAsync(DAY);
    expect(done).toHaveLength(4);
  });
});
