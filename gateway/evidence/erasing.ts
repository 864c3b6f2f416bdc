import type { Caller } from "#gateway/clients/caller.ts";
import { Fault } from "#gateway/fault.ts";
import type { ExchangeLog } from "#gateway/log/exchange-log.ts";
import type { Erasure } from "#gateway/log/index/exchange-index.ts";
import type { Acts } from "#gateway/log/recorded-acts.ts";
import { checkReference, ERASURE_BASES, type ErasureReason } from "./erasure-basis.ts";
import type { AskedPerson } from "./searching.ts";

export type ErasingParts = {
  readonly log: Pick<ExchangeLog, "get" | "discardJournal" | "index">;
  /** Throws Fault DENIED or AUTHENTICATION_REQUIRED. */
  readonly permit: (caller: Caller, action: "erase") => void;
  readonly acts: Pick<Acts, "carryOut">;
  /** Throws Fault KEYS_INVALID for what is no number of a person or body. */
  readonly pseudonymOf: (person: AskedPerson) => string;
  /** Milliseconds for which exchanges have to be kept. */
  readonly term: number;
  readonly clock: () => number;
};

/** `exchange`: where the log has the erasure; null when nothing was left to erase. */
export type ErasedExchange = { readonly outcome: "erased" | "already"; readonly exchange: string | null };
/** `kept`: exchanges that are younger than the law's term, under a basis that does not hold before. */
export type ErasedPerson = { readonly erased: number; readonly kept: number; readonly exchange: string };

/** Destroys content, salts and pseudonyms; the log's leaves and their proofs stay. On record before it takes effect. */
export type Erasing = {
  /** Throws Fault EXCHANGE_UNKNOWN, RETENTION_RUNNING, INVALID_REQUEST, DENIED or LOG_UNAVAILABLE. */
  readonly eraseExchange: (caller: Caller, id: string, reason: ErasureReason) => Promise<ErasedExchange>;
  readonly erasePerson: (caller: Caller, person: AskedPerson, reason: ErasureReason) => Promise<ErasedPerson>;
};

export function erasing({ log, permit, acts, pseudonymOf, term, clock }: ErasingParts): Erasing {
  const erasureFor = ({ basis }: ErasureReason): Erasure => ({
    basis,
    notAfter: ERASURE_BASES[basis].holds === "at-once" ? null : clock() - term,
  });
  return {
    async eraseExchange(caller, id, reason) {
      permit(caller, "erase");
      checkReference(reason.reference);
      const found = await log.get(id);
      if (found === null) throw new Fault("EXCHANGE_UNKNOWN");
      const erasure = erasureFor(reason);
      const erase = () => eraseOne(log, id, erasure);
      // An earlier attempt may have got no further than the index: it is made sure that nothing is left.
      if (found.erased !== null) return { outcome: await erase(), exchange: null };
      if (found.record?.kind === "act" || isYoung(found.time, erasure)) throw new Fault("RETENTION_RUNNING");
      const act = { act: "erase-exchange", to: `exchange/${id}`, detail: { ...reason } } as const;
      const { result: outcome, exchange } = await acts.carryOut(act, caller, erase);
      return { outcome, exchange };
    },
    async erasePerson(caller, asked, reason) {
      permit(caller, "erase");
      checkReference(reason.reference);
      const person = pseudonymOf(asked);
      const erasure = erasureFor(reason);
      const { exchanges, tooYoung: kept, before } = await log.index.aboutPerson(person, erasure.notAfter);
      const detail = { ...reason, exchanges, kept };
      const { result: erased, exchange } = await acts.carryOut(
        { act: "erase-person", to: "exchanges", detail },
        caller,
        async () => {
          await log.discardJournal();
          return await log.index.erasePerson(person, before, erasure);
        },
      );
      return { erased, kept, exchange };
    },
  };
}

/** The journal first: what is erased in the index must not stand there still. */
async function eraseOne(
  log: Pick<ExchangeLog, "discardJournal" | "index">,
  id: string,
  erasure: Erasure,
): Promise<ErasedExchange["outcome"]> {
  await log.discardJournal();
  const outcome = await log.index.erase(id, erasure);
  if (outcome === "erased" || outcome === "already") return outcome;
  throw new Fault(outcome === "unknown" ? "EXCHANGE_UNKNOWN" : "RETENTION_RUNNING");
}

const isYoung = (time: string, { notAfter }: Erasure): boolean => notAfter !== null && Date.parse(time) > notAfter;
