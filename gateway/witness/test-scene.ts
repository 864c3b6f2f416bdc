import { vi } from "vitest";
import { parseNote } from "#gateway/log/tlog/signed-note.ts";
import { openWitnessOutbound } from "./ask-witness.ts";
import { TestLog } from "./test-log.ts";
import { type Line, startTestWitness, type TestWitness } from "./test-witness.ts";
import { readWitnesses } from "./witness-list.ts";
import { askWitnesses, type CosignedLog, type Witnesses } from "./witnesses.ts";

export const WAITS = { answer: 2_000, first: 5, longest: 20 };
/** What the log shows as long as nobody tells it otherwise. */
export const history = new TestLog().grow(400);

export const codesOf = (asking: Witnesses) => asking.state().map(({ fault }) => fault?.code ?? null);
export const until = (seen: () => void): Promise<void> => vi.waitFor(seen, { timeout: 30_000, interval: 5 });

/** A log that publishes what it is told to, and keeps what is cosigned. */
export class PublishedLog implements CosignedLog {
  readonly published: string[] = [];
  #listener: Parameters<CosignedLog["onCheckpoint"]>[0] = async () => undefined;
  refuses = false;

  readonly onCheckpoint: CosignedLog["onCheckpoint"] = (listener) => {
    this.#listener = listener;
  };

  readonly cosigned: CosignedLog["cosigned"] = async (note) => {
    if (this.refuses) throw new Error("the disk is full");
    this.published.push(note);
  };

  /** Resolves when it may be followed by another. */
  async publish(of: TestLog, size: number): Promise<void> {
    await this.#listener(of.note(size), async (from) => of.proof(from, size));
  }

  /** Sizes and witnesses of what was cosigned last. */
  last(): readonly [number, readonly string[]] {
    const { text, signatures } = parseNote(this.published.at(-1) ?? "");
    return [Number(text.split("\n")[1]), signatures.slice(2).map(({ name }) => name)];
  }
}

type Asking = { readonly waits?: typeof WAITS; readonly log?: CosignedLog };

/** A log, its witnesses, and what was said. */
export class WitnessScene {
  readonly log = new PublishedLog();
  readonly lines: Line[] = [];
  /** That were put to witnesses. */
  questions = 0;
  readonly toClose: { close: () => Promise<void> }[] = [];

  async witness(name: string): Promise<TestWitness> {
    const started = await startTestWitness(history.keys.vkeys, { name });
    this.toClose.push(started);
    return started;
  }

  ask(addresses: readonly string[], { waits = WAITS, log = this.log }: Asking = {}): Witnesses {
    const tell = (facts: object, message: string): void => void this.lines.push({ ...facts, message });
    const outbound = openWitnessOutbound();
    const send: typeof outbound.send = (question) => {
      this.questions += 1;
      return outbound.send(question);
    };
    const asking = askWitnesses({
      addresses: readWitnesses(addresses.join("\n")),
      outbound: { ...outbound, send },
      log,
      logger: { info: tell, warn: tell, error: tell },
      clock: Date.now,
      waits,
    });
    this.toClose.push(asking);
    return asking;
  }

  alarms(): readonly unknown[] {
    return this.lines.filter(({ alarm }) => alarm === "split-view").map(({ code }) => code);
  }

  async close(): Promise<void> {
    for (const each of this.toClose.splice(0).toReversed()) await each.close();
  }
}
