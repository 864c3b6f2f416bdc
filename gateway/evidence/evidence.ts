import type { Caller } from "#gateway/clients/caller.ts";
import type { Authorize, Access } from "#gateway/exchange/authorization.ts";
import { mayRead, recordedExchange } from "#gateway/exchange/recorded.ts";
import { Fault } from "#gateway/fault.ts";
import type { ExchangeLog } from "#gateway/log/exchange-log.ts";
import type { StoredExchange } from "#gateway/log/exchange-record.ts";
import type { TrailRule } from "#gateway/log/index/trail.ts";
import { personName } from "#gateway/log/person-name.ts";
import type { Acts } from "#gateway/log/recorded-acts.ts";
import type { Registry } from "#gateway/registry/registry.ts";
import { isWellFormed } from "#gateway/registry/well-formed.ts";
import { type Erasing, erasing } from "./erasing.ts";
import { type ReadTrail, trailReader } from "./person-trail.ts";
import { type AskedPerson, type Searching, searching } from "./searching.ts";

type Parts = {
  readonly log: ExchangeLog;
  readonly registry: Pick<Registry, "client" | "resource">;
  readonly access: Access;
  readonly authorize: Authorize;
  /** Throws Fault DENIED or AUTHENTICATION_REQUIRED. */
  readonly permit: (caller: Caller, action: "read-trail" | "erase") => void;
  readonly acts: Acts;
  readonly pseudonym: (text: string) => string;
  readonly trailRules: readonly TrailRule[];
  /** Milliseconds for which exchanges have to be kept. */
  readonly term: number;
  readonly clock: () => number;
};

/** What callers may do with what was recorded. All throw Faults. */
export type Evidence = Searching &
  Erasing & {
    readonly recorded: (id: string, caller: Caller) => Promise<StoredExchange>;
    /** A C2SP tlog-proof, for whoever may read the exchange. */
    readonly receipt: (id: string, caller: Caller) => Promise<string>;
    readonly trail: ReadTrail;
  };

export function evidenceOf(parts: Parts): Evidence {
  const { log, registry, access, authorize, permit, acts, trailRules, term, clock } = parts;
  const { index } = log;
  const reading = { access, authorize, clock };
  const recorded = (id: string, caller: Caller) => recordedExchange(id, caller, { ...reading, log });
  const pseudonymOf = (person: AskedPerson): string => pseudonymFor(person, parts.pseudonym);
  return {
    ...searching({ index, acts, pseudonymOf, mayRead: (caller, owner) => mayRead(caller, owner, reading) }),
    ...erasing({ log, permit, acts, pseudonymOf, term, clock }),
    trail: trailReader({ index, registry, rules: trailRules, permit, acts, pseudonymOf, clock }),
    recorded,
    async receipt(id, caller) {
      await recorded(id, caller);
      const receipt = await log.receipt(id);
      if (receipt === null) throw new Fault("EXCHANGE_UNKNOWN");
      return receipt;
    },
  };
}

/** A mistyped number would be somebody about whom nobody asked: throws Fault KEYS_INVALID. */
function pseudonymFor(person: AskedPerson, pseudonym: (text: string) => string): string {
  if (person.kind === "pseudonym") return person.pseudonym;
  const name = personName(person.number);
  if (!isWellFormed("holder-code", name)) throw new Fault("KEYS_INVALID", "body/person: not a well-formed holder-code");
  return pseudonym(name);
}
