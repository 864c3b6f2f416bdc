import type { Outbound } from "#connectors/outbound.ts";
import { parseCheckpoint } from "#gateway/log/tlog/checkpoint.ts";
import { addSignatures, type NoteSignature, parseNote } from "#gateway/log/tlog/signed-note.ts";
import { type OfferedCheckpoint, openWitnessOutbound, WITNESS_FAULTS } from "./ask-witness.ts";
import { type Waits, WatchedWitness, type WitnessState } from "./watched-witness.ts";
import type { WitnessAddress } from "./witness-list.ts";

type ProofFrom = OfferedCheckpoint["proofFrom"];

/** The log whose checkpoints are to be cosigned. */
export type CosignedLog = {
  /** `listener` is told of each checkpoint that is published, and of the one that is when it comes. */
  readonly onCheckpoint: (listener: (note: string, proofFrom: ProofFrom) => Promise<void>) => void;
  /** Publishes the checkpoint with more signature lines. */
  readonly cosigned: (note: string) => Promise<void>;
};

type Logger = {
  readonly info: (facts: object, message: string) => void;
  readonly warn: (facts: object, message: string) => void;
  readonly error: (facts: object, message: string) => void;
};

type Parts = {
  readonly addresses: readonly WitnessAddress[];
  readonly log: CosignedLog;
  readonly logger: Logger;
  readonly clock: () => number;
  readonly outbound?: Outbound;
  readonly waits?: Waits;
};

export type Witnesses = {
  /** In the order in which they were named. */
  readonly state: () => readonly WitnessState[];
  readonly close: () => Promise<void>;
};

/** A log that is published every second is not held up for longer. */
const WAITS: Waits = { answer: 4_000, first: 1_000, longest: 60_000 };

/** Asks every witness to cosign what the log publishes. A history that a witness refuses is an alarm in the service's log. */
export function askWitnesses({ addresses, log, logger, clock, ...given }: Parts): Witnesses {
  if (addresses.length === 0) return { state: () => [], close: async () => undefined };
  const { outbound = openWitnessOutbound(), waits = WAITS } = given;
  const publish = cosignaturesTo(log, logger);
  const onTurn = (state: WitnessState): void => tell(state, logger);
  const watched = addresses.map(
    (address) => new WatchedWitness(address, { send: outbound.send, clock, onCosigned: publish, onTurn, waits }),
  );
  log.onCheckpoint(async (note, proofFrom) => {
    const { text } = parseNote(note);
    const offered = { note, text, size: parseCheckpoint(text).size, proofFrom };
    await Promise.all(watched.map((witness) => witness.offer(offered)));
  });
  return {
    state: () => watched.map(({ state }) => state),
    async close() {
      await Promise.all(watched.map((witness) => witness.close()));
      await outbound.close();
    },
  };
}

/** Gathers the lines of several witnesses on the newest checkpoint that has any. Never rejects. */
function cosignaturesTo(log: CosignedLog, logger: Logger) {
  let gathered = { text: "", note: "", size: -1 };
  let before: Promise<void> = Promise.resolve();
  const publish = async ({ text, note, size }: OfferedCheckpoint, signature: NoteSignature): Promise<void> => {
    if (size < gathered.size) return;
    const present = gathered.text === text ? gathered.note : note;
    try {
      const cosigned = addSignatures(present, [signature]);
      if (cosigned === present) return;
      await log.cosigned(cosigned);
      gathered = { text, note: cosigned, size };
    } catch (error) {
      logger.warn(
        { problem: error instanceof Error ? error.message : "unknown error" },
        "a cosignature is not published",
      );
    }
  };
  // One after another: each is added to what those before it have made.
  return (checkpoint: OfferedCheckpoint, signature: NoteSignature): Promise<void> => {
    before = before.then(() => publish(checkpoint, signature));
    return before;
  };
}

function tell({ name, url, size, fault }: WitnessState, logger: Logger): void {
  if (fault === null) return logger.info({ witness: name, url, size }, "a witness cosigns");
  const { code, seen, detail } = fault;
  const { isAlarm, en } = WITNESS_FAULTS[code];
  const facts = { witness: name, url, code, size, seen, detail };
  if (isAlarm) logger.error({ alarm: "split-view", ...facts }, `a witness refuses this log's history: ${en}`);
  else logger.warn(facts, `a witness gives no cosignature: ${en}`);
}
