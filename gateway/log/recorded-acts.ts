import { UploadError } from "#connectors/upload.ts";
import type { Caller } from "#gateway/clients/caller.ts";
import { clientOf } from "#gateway/exchange/authorization.ts";
import { Fault } from "#gateway/fault.ts";
import { type Act, type ActLog, recordAct } from "./acts.ts";

/** An act that is durably in the log and may now be carried out. `exchange`: its identifier there. */
export type RecordedAct = {
  readonly exchange: string;
  /** Leaves a second entry, which says so; never throws. */
  readonly cameToNothing: (cause: unknown) => Promise<void>;
};

/** Nothing is done unrecorded: what throws Fault LOG_UNAVAILABLE here must not be carried out. `by`: null for the service itself. */
export type Acts = {
  readonly record: (act: Act, by: Caller | null) => Promise<RecordedAct>;
  /** Records the act, then does the work. What the work throws comes with the exchange, and leaves a second entry. */
  readonly carryOut: <Result>(
    act: Act,
    by: Caller | null,
    work: () => Result | Promise<Result>,
  ) => Promise<{ readonly result: Result; readonly exchange: string }>;
};

type Parts = {
  readonly log: ActLog;
  /** Milliseconds. */
  readonly clock: () => number;
  readonly onTrouble: (what: string, detail: string) => void;
};

export function actsIn({ log, clock, onTrouble }: Parts): Acts {
  async function record(act: Act, by: Caller | null): Promise<RecordedAct> {
    const client = by === null ? null : clientOf(by);
    const exchange = await recordAct(log, act, { client, clock });
    const failure = (cause: unknown): Act => ({
      act: "report-failure",
      to: `exchange/${exchange}`,
      detail: { act: act.act, code: codeOf(cause) },
    });
    return {
      exchange,
      async cameToNothing(cause) {
        try {
          await recordAct(log, failure(cause), { client, clock });
        } catch {
          onTrouble("an act came to nothing, and the log could not be told", exchange);
        }
      },
    };
  }
  return {
    record,
    async carryOut(act, by, work) {
      const { exchange, cameToNothing } = await record(act, by);
      try {
        return { result: await work(), exchange };
      } catch (error) {
        await cameToNothing(error);
        throw namingExchange(error, exchange);
      }
    },
  };
}

const codeOf = (cause: unknown): string =>
  cause instanceof Fault || cause instanceof UploadError ? cause.code : "INTERNAL";

/** The same fault, for a caller who is to find out what became of it. */
export const namingExchange = (error: unknown, exchange: string): unknown =>
  error instanceof Fault ? new Fault(error.code, error.detail, { cause: error.cause ?? error, exchange }) : error;
