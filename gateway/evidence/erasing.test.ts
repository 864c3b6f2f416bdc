import { describe, expect, test } from "vitest";
import type { Caller } from "#gateway/clients/caller.ts";
import { FAULTS } from "#gateway/fault.ts";
import type { ExchangeLog } from "#gateway/log/exchange-log.ts";
import { checkReference, ERASURE_BASES, type ErasureBasis } from "./erasure-basis.ts";
import { erasing } from "./erasing.ts";
import { caller, codeOf, notedActs, WINDOW } from "./test-scene.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 21);
const TERM = 1096 * DAY;

describe("erasing", () => {
  function scene({ age = 0, kind = "lookup", erased = false, isThere = true } = {}) {
    const done: string[] = [];
    const time = new Date(NOW - age).toISOString();
    const log = {
      async get() {
        if (!isThere) return null;
        return {
          index: 1,
          time,
          record: erased ? null : { kind },
          subject: null,
          erased: erased ? {} : null,
          owner: null,
        };
      },
      discardJournal: async () => void done.push("journal discarded"),
      index: {
        async erase(_id: string, { basis, notAfter }: { basis: string; notAfter: number | null }) {
          done.push(`erased by ${basis}, not after ${notAfter}`);
          return erased ? "already" : "erased";
        },
        aboutPerson: async () => ({ exchanges: 2, tooYoung: 1, before: 77 }),
        async erasePerson(person: string, before: number) {
          done.push(`erased about ${person} before ${before}`);
          return 2;
        },
      },
    };
    const permit = ({ roles }: Caller): void => {
      if (!roles.includes("auditor")) throw Object.assign(new Error("denied"), { code: "DENIED" });
    };
    return {
      done,
      ...erasing({
        log: log as unknown as Pick<ExchangeLog, "get" | "discardJournal" | "index">,
        permit,
        acts: notedActs(done),
        pseudonymOf: () => "P",
        term: TERM,
        clock: () => NOW,
      }),
    };
  }
  const auditor = caller("auditor", "O9", ["auditor"]);
  const ORDER = { basis: "court-order", reference: "（2026）皖01行终12号" } as const;
  const WITHDRAWN = { basis: "consent-withdrawn", reference: "撤回同意 2026-7" } as const;

  test("is on record, then the journal is rid of it, then the index", async () => {
    const { eraseExchange, done } = scene();
    expect(await eraseExchange(auditor, "id", ORDER)).toMatchObject({
      outcome: "erased",
      exchange: expect.any(String),
    });
    expect(done).toEqual([
      'recorded erase-exchange {"basis":"court-order","reference":"（2026）皖01行终12号"}',
      "journal discarded",
      "erased by court-order, not after null",
    ]);
  });

  test("of a person says how much, never of whom, and goes no further than what was counted", async () => {
    const { erasePerson, done } = scene();
    const person = { kind: "number", number: "11010519491231002X" } as const;
    expect(await erasePerson(auditor, person, ORDER)).toMatchObject({ erased: 2, kept: 1 });
    expect(done).toEqual([
      'recorded erase-person {"basis":"court-order","reference":"（2026）皖01行终12号","exchanges":2,"kept":1}',
      "journal discarded",
      "erased about P before 77",
    ]);
  });

  test("under a basis that does not hold at once waits for the law's term", async () => {
    const young = scene({ age: TERM - 1 });
    expect(await codeOf(() => young.eraseExchange(auditor, "id", WITHDRAWN))).toBe("RETENTION_RUNNING");
    expect(young.done).toEqual([]);
    const old = scene({ age: TERM });
    expect(await codeOf(() => old.eraseExchange(auditor, "id", WITHDRAWN))).toBe("done");
    expect(old.done.at(-1)).toBe(`erased by consent-withdrawn, not after ${NOW - TERM}`);
  });

  test("what is erased already is made sure of, and not recorded again", async () => {
    const { eraseExchange, done } = scene({ erased: true });
    expect(await eraseExchange(auditor, "id", ORDER)).toEqual({ outcome: "already", exchange: null });
    expect(done).toEqual(["journal discarded", "erased by court-order, not after null"]);
  });

  test.each([
    ["an act", { kind: "act", age: 10 * TERM }, "RETENTION_RUNNING"],
    ["what is not there", { isThere: false }, "EXCHANGE_UNKNOWN"],
  ])("leaves %s", async (_, facts, code) => {
    const { eraseExchange, done } = scene(facts);
    expect(await codeOf(() => eraseExchange(auditor, "id", ORDER))).toBe(code);
    expect(done).toEqual([]);
  });

  test("is not for everybody, and tells nobody else what is there", async () => {
    const { eraseExchange, erasePerson, done } = scene({ isThere: false });
    expect(await codeOf(() => eraseExchange(WINDOW, "id", ORDER))).toBe("DENIED");
    expect(await codeOf(() => erasePerson(WINDOW, { kind: "number", number: "x" }, ORDER))).toBe("DENIED");
    expect(done).toEqual([]);
  });

  test.each([
    "张三 11010519491231002X",
    "１１０１０５１９４９１２３１００２Ｘ",
    "110105-19491231-002X",
    "电话 138 0013 8000",
    "13800138000",
    "91340000MB0123456X",
    "91340000 MB01 2345 6X",
    "zhang@example.cn",
    "1380\u200b0138\u200b000",
    "138/0013/8000",
    "110105_19491231_002X",
    "（110105）19491231：0021",
    "٣٤٠١٠٤١٩٩٠٠١٠١١٢٣٤",
    "9134/0000/MB01/2345/6X",
  ])("a reference that may name a person is refused: %s", async (reference) => {
    expect(await codeOf(() => checkReference(reference))).toBe("INVALID_REQUEST");
    const { eraseExchange, done } = scene();
    expect(await codeOf(() => eraseExchange(auditor, "id", { ...ORDER, reference }))).toBe("INVALID_REQUEST");
    expect(done).toEqual([]);
  });

  test.each(["（2026）皖01行终12号", "国信办函〔2026〕1234号", "2026-11-21", "皖AB-2026-00123", "FA-20261121-7"])(
    "a reference that names a document is taken: %s",
    async (reference) => {
      expect(await codeOf(() => checkReference(reference))).toBe("done");
    },
  );

  test("every basis says the law it rests on, and some hold only after the term", () => {
    const bases = Object.keys(ERASURE_BASES) as ErasureBasis[];
    for (const basis of bases) expect(ERASURE_BASES[basis].law).toMatch(/法/);
    expect(bases.filter((basis) => ERASURE_BASES[basis].holds === "after-term")).toEqual([
      "consent-withdrawn",
      "purpose-achieved",
    ]);
    expect(FAULTS.RETENTION_RUNNING.status).toBe(409);
  });
});
