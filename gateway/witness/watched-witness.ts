import { setTimeout as sleep } from "node:timers/promises";
import type { Outbound } from "#connectors/outbound.ts";
import type { NoteSignature } from "#gateway/log/tlog/signed-note.ts";
import {
  askWitness,
  type OfferedCheckpoint,
  WITNESS_FAULTS,
  type WitnessFaultCode,
  type WitnessReply,
} from "./ask-witness.ts";
import type { WitnessAddress } from "./witness-list.ts";

/**
 * `fault`: null while its last answer was a cosignature, or none was asked for yet; one that is an alarm stays until it cosigns again. `size`
 * and `at` (RFC 3339): of what it cosigned last.
 */
export type WitnessState = {
  readonly name: string;
  readonly url: string;
  readonly size: number | null;
  readonly at: string | null;
  readonly fault: { readonly code: WitnessFaultCode; readonly seen: number | null; readonly detail: string } | null;
};

export type WatchParts = {
  readonly send: Outbound["send"];
  readonly clock: () => number;
  /** Told of every cosignature that holds; never rejects. */
  readonly onCosigned: (checkpoint: OfferedCheckpoint, signature: NoteSignature) => Promise<void>;
  /** Told when a witness's fault is another than before, null when it is well again. */
  readonly onTurn: (state: WitnessState) => void;
  readonly waits: Waits;
};
/** Milliseconds: of one question, and before the next one after a failure (doubled each time). */
export type Waits = { readonly answer: number; readonly first: number; readonly longest: number };

type Offer = { readonly checkpoint: OfferedCheckpoint; readonly settle: () => void };

/** Asks one witness, one question at a time, about the newest checkpoint only. */
export class WatchedWitness {
  readonly #address: WitnessAddress;
  readonly #parts: WatchParts;
  readonly #closing = new AbortController();
  #state: WitnessState;
  #newest: Offer | null = null;
  #working: Promise<void> | null = null;
  #failures = 0;
  /** What it cosigned last, as far as is known. */
  #known = 0;

  constructor(address: WitnessAddress, parts: WatchParts) {
    this.#address = address;
    this.#parts = parts;
    const { url, verifier } = address;
    this.#state = { name: verifier.name, url, size: null, at: null, fault: null };
  }

  get state(): WitnessState {
    return this.#state;
  }

  /** Resolves when the witness was asked about it once, or about a newer one; at once while it is left alone after a failure. */
  offer(checkpoint: OfferedCheckpoint): Promise<void> {
    this.#newest?.settle();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#newest = { checkpoint, settle: resolve };
    if (this.#failures > 0 || this.#closing.signal.aborted) resolve();
    this.#working ??= this.#work().finally(() => (this.#working = null));
    return promise;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#newest?.settle();
    await this.#working;
  }

  async #work(): Promise<void> {
    const { signal } = this.#closing;
    while (this.#newest !== null && !signal.aborted) {
      const { checkpoint, settle } = this.#newest;
      this.#newest = null;
      await this.#ask(checkpoint);
      settle();
      if (this.#failures === 0) continue;
      this.#newest ??= { checkpoint, settle };
      await sleep(this.#wait(), undefined, { signal }).catch(() => undefined);
    }
  }

  #wait(): number {
    const { first, longest } = this.#parts.waits;
    const wait = Math.min(first * 2 ** (this.#failures - 1), longest);
    // Not all gateways at the same moment.
    return wait * (0.8 + 0.4 * Math.random());
  }

  async #ask(checkpoint: OfferedCheckpoint): Promise<void> {
    const reply = await this.#replyTo(checkpoint);
    if (this.#closing.signal.aborted) return;
    if (reply.kind === "cosigned") {
      this.#failures = 0;
      this.#known = checkpoint.size;
      this.#turn({ size: checkpoint.size, at: new Date(this.#parts.clock()).toISOString(), fault: null });
      return;
    }
    this.#failures += 1;
    const { code, seen, detail } = reply;
    this.#known = seen ?? this.#known;
    this.#turn({ fault: { code, seen, detail } });
  }

  /** Never rejects. */
  async #replyTo(checkpoint: OfferedCheckpoint): Promise<WitnessReply> {
    const { send, clock, waits, onCosigned } = this.#parts;
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(waits.answer)]);
    try {
      const reply = await askWitness(this.#address, checkpoint, this.#known, { send, clock, signal });
      if (reply.kind === "cosigned") await onCosigned(checkpoint, reply.signature);
      return reply;
    } catch (error) {
      if (signal.aborted) return failure("UNREACHABLE", `no answer within ${waits.answer} ms`);
      return failure("PROOF_MISSING", error instanceof Error ? error.message : "unknown error");
    }
  }

  #turn(next: Partial<WitnessState> & Pick<WitnessState, "fault">): void {
    const { fault } = this.#state;
    if (isAlarm(fault) && next.fault !== null && !isAlarm(next.fault)) return;
    this.#state = { ...this.#state, ...next };
    if (this.#state.fault?.code !== fault?.code) this.#parts.onTurn(this.#state);
  }
}

const failure = (code: WitnessFaultCode, detail: string): WitnessReply => ({
  kind: "failed",
  code,
  seen: null,
  detail,
});

const isAlarm = (fault: WitnessState["fault"]): boolean => fault !== null && WITNESS_FAULTS[fault.code].isAlarm;
