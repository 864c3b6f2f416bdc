import { setTimeout as pause, setImmediate as others } from "node:timers/promises";
import { CuriosityCount } from "./curiosities.ts";
import { countAbout, eraseOne, eraseSomeAbout } from "./erasing.ts";
import type { RetentionBounds, RetentionCounts } from "./exchange-index.ts";
import type { IndexCallName, IndexCalls } from "./index-messages.ts";
import type { IndexStore } from "./index-store.ts";
import type { JournalIntake } from "./journal-intake.ts";
import { readExchange, readExportPage, readOpening, searchPage } from "./reading.ts";
import { dueRange, dueStep, type RetainedClass, reclaimStep, retainStep } from "./retention.ts";
import { readTrail } from "./trail.ts";

export type OpenIndex = { readonly store: IndexStore; readonly intake: JournalIntake };

type Answers = {
  readonly [Name in IndexCallName]: (
    open: OpenIndex,
    asked: IndexCalls[Name]["asked"],
  ) => IndexCalls[Name]["answer"] | Promise<IndexCalls[Name]["answer"]>;
};

/** How each call is answered. What takes long goes in steps, between which others are answered. */
export const ANSWERS: Answers = {
  get: ({ store }, { id }) => readExchange(store, id),
  opening: ({ store }, { id }) => readOpening(store, id),
  search: ({ store }, query) => searchPage(store, query),
  exportPage: ({ store }, query) => readExportPage(store, query),
  trail: ({ store }, query) => readTrail(store, query),
  async curiosities({ store }, { since, bounds }) {
    const count = new CuriosityCount(store, since, bounds);
    while (count.step()) await others();
    return count.result();
  },
  async erase({ store }, { id, erasure }) {
    const outcome = eraseOne(store, id, erasure, Date.now());
    if (outcome === "erased" || outcome === "already") await emptyWal(store);
    return outcome;
  },
  aboutPerson: ({ store }, { person, notAfter }) => countAbout(store, person, notAfter),
  async erasePerson({ store }, { person, before, erasure }) {
    let erased = 0;
    for (let next: number | null = before; next !== null; await others()) {
      const step = eraseSomeAbout(store, { person, before: next, erasure }, Date.now());
      erased += step.erased;
      next = step.next;
    }
    await emptyWal(store);
    return erased;
  },
  due: async ({ store }, bounds) => await eachClass((of) => countDue(store, of, bounds)),
  async retain({ store }, bounds) {
    const counts = await eachClass((of) => retainAll(store, of, bounds));
    await emptyWal(store);
    return counts;
  },
  async settle({ intake, store }) {
    await patiently(() => {
      intake.makeDurable();
      return intake.taken === store.next;
    });
    return null;
  },
  probe({ store }) {
    store.transaction(() => store.statement("UPDATE progress SET next = next").run());
    return null;
  },
};

const eachClass = async (count: (of: RetainedClass) => Promise<number>): Promise<RetentionCounts> => ({
  exchanges: await count("exchanges"),
  acts: await count("acts"),
});

async function countDue(store: IndexStore, of: RetainedClass, bounds: RetentionBounds): Promise<number> {
  let count = 0;
  for (let range = dueRange(store, of, bounds); range.low < range.high; await others()) {
    const { due, left } = dueStep(store, of, range);
    count += due.length;
    range = left;
  }
  return count;
}

async function retainAll(store: IndexStore, of: RetainedClass, bounds: RetentionBounds): Promise<number> {
  let count = 0;
  for (let range = dueRange(store, of, bounds); range.low < range.high; await others()) {
    const { erased, left } = retainStep(store, of, range, Date.now());
    count += erased;
    range = left;
  }
  while (reclaimStep(store, of)) await others();
  return count;
}

/** What was overwritten stands in the write-ahead log until that is emptied. */
const emptyWal = (store: IndexStore): Promise<void> => patiently(() => store.truncateWal());

const TRIES = 20;
const BETWEEN_TRIES = 100;

/** Somebody else who reads the file keeps its pages from being replaced, for a moment. */
async function patiently(attempt: () => boolean): Promise<void> {
  for (let tries = 1; !attempt(); tries++) {
    if (tries === TRIES) throw new Error("another process holds the index");
    await pause(BETWEEN_TRIES);
  }
}
