// A worker for tests of the pool: does what the first word of the document says, whatever a verifier would do.
import { existsSync, writeFileSync } from "node:fs";
import { threadId } from "node:worker_threads";
import type { WorkerAnswer, WorkerTask } from "#gateway/workers/verification-task.ts";

const DEEDS: Readonly<Record<string, (word: string) => WorkerAnswer>> = {
  hang: () => {
    for (;;);
  },
  devour: () => {
    const eaten: unknown[] = [];
    for (;;) eaten.push(Array.from({ length: 1000 }, () => ({ more: [] })));
  },
  exit: () => process.exit(3),
  /** Works for so many milliseconds. */
  toil: (word) => {
    const end = performance.now() + Number(word);
    while (performance.now() < end);
    return { kind: "refused", code: "NOT_OFD", detail: `after ${word} ms` };
  },
  refuse: () => ({ kind: "refused", code: "NOT_OFD", detail: `thread ${threadId}` }),
  ramble: () => ({ kind: "over-budget", detail: "a report of 9 characters" }),
  stumble: () => ({ kind: "error", trace: "TypeError\n    at somewhere" }),
  /** Ends the first worker that reads it, and leaves a file for the second to find. */
  "once-bitten": (mark) => {
    if (existsSync(mark)) return { kind: "refused", code: "NOT_OFD", detail: "second attempt" };
    writeFileSync(mark, "");
    return process.exit(3);
  },
};

export default function work(task: WorkerTask): WorkerAnswer {
  if (task.kind === "ping") return { kind: "ready" };
  const [deed = "", word = ""] = new TextDecoder().decode(task.bytes).split(" ");
  const act = DEEDS[deed];
  if (act === undefined) throw new Error(`no such deed: ${deed}`);
  return act(word);
}
