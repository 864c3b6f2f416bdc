// Worker thread of sequencer-client.ts: owns journal, tree and tiles, so that neither hashing nor fsync holds up the service's event loop.
import { parentPort, workerData } from "node:worker_threads";
import { DISK, diskCode } from "../disk.ts";
import { logKeysOf } from "../log-keys.ts";
import { LogRefusedError } from "../log-refused.ts";
import { pseudonymsBy } from "../pseudonym.ts";
import type { PackedBatch } from "./batch.ts";
import type {
  SequencerAnswer,
  SequencerCall,
  SequencerOutfit,
  SequencerRequest,
  SequencerState,
} from "./sequencer-messages.ts";
import { Sequencer } from "./sequencer.ts";

const outfit: SequencerOutfit = workerData;
const tell = (answer: SequencerAnswer, handedOver: ArrayBuffer[] = []): void =>
  parentPort?.postMessage(answer, handedOver);

/** The code of the file system's error, or what else went wrong; no content of an entry. */
function reasonOf(error: unknown): string {
  const code = diskCode(error);
  if (code !== "unknown") return code;
  return error instanceof Error ? `${error.name}: ${error.message}` : "unknown error";
}

async function open(): Promise<Sequencer | null> {
  try {
    const { directory, keys, pseudonymKey, segmentBytes } = outfit;
    const pseudonym = pseudonymsBy(pseudonymKey);
    return await Sequencer.open({ directory, keys: logKeysOf(keys), pseudonym, segmentBytes, disk: DISK });
  } catch (error) {
    const isRefused = error instanceof LogRefusedError;
    const reason = isRefused ? error.message : reasonOf(error);
    tell({ kind: "closed-out", code: isRefused ? error.code : null, reason });
    return null;
  }
}

/** Does what the client asks, in the order in which it asks. */
class Service {
  readonly #sequencer: Sequencer;
  readonly #sealing: NodeJS.Timeout;
  #trouble: string | null = null;

  constructor(sequencer: Sequencer) {
    this.#sequencer = sequencer;
    this.#sealing = setInterval(() => void this.#reportOn(this.#sequencer.seal()), outfit.sealEvery);
  }

  receive(request: SequencerRequest): void {
    switch (request.kind) {
      case "append":
        return this.#append(request.batch);
      case "taken":
        return void this.#reportOn(this.#sequencer.taken(request.size));
      case "call":
        return void this.#answer(request.call, request.what);
    }
  }

  get state(): SequencerState {
    const { size, sealedSize: sealed, setBacks, published } = this.#sequencer;
    return { size, sealed, setBacks, note: published.note, published: published.size };
  }

  /** Acknowledged as soon as it is durable; tree and tiles come after. */
  #append(batch: PackedBatch): void {
    const { bytes: room } = batch;
    try {
      const size = this.#sequencer.append(batch);
      tell({ kind: "durable", size, setBacks: this.#sequencer.setBacks, room }, [room]);
    } catch (error) {
      return tell({ kind: "refused", reason: reasonOf(error), room }, [room]);
    }
    this.#attempt(() => this.#sequencer.grow());
  }

  async #answer(call: number, what: SequencerCall): Promise<void> {
    try {
      const done = await this.#carryOut(what);
      tell({ kind: "answer", call, state: this.state, done });
    } catch (error) {
      tell({ kind: "failed", call, reason: reasonOf(error) });
    }
    if (what.kind === "close") parentPort?.close();
  }

  async #carryOut(what: SequencerCall): Promise<boolean> {
    switch (what.kind) {
      case "publish":
        await this.#sequencer.publish();
        return true;
      case "cosigned":
        return await this.#sequencer.cosigned(what.note);
      case "drop":
        await this.#sequencer.drop();
        return true;
      case "probe":
        this.#sequencer.probe();
        return true;
      case "seal":
        await this.#sealAll();
        return true;
      case "close":
        clearInterval(this.#sealing);
        await this.#sealAll();
        return true;
    }
  }

  async #sealAll(): Promise<void> {
    this.#sequencer.rotate();
    const { size } = await this.#sequencer.publish();
    while (this.#sequencer.sealedSize < size) await this.#sequencer.seal();
  }

  async #reportOn(work: Promise<void>): Promise<void> {
    try {
      await work;
      this.#report(null);
    } catch (error) {
      this.#report(reasonOf(error));
    }
  }

  #attempt(work: () => void): void {
    try {
      work();
      this.#report(null);
    } catch (error) {
      this.#report(reasonOf(error));
    }
  }

  #report(reason: string | null): void {
    if (reason !== this.#trouble) tell({ kind: "trouble", reason });
    this.#trouble = reason;
  }
}

const sequencer = await open();
if (sequencer !== null) {
  const service = new Service(sequencer);
  parentPort?.on("message", (request: SequencerRequest) => service.receive(request));
  tell({ kind: "ready", state: service.state, torn: sequencer.torn });
}
