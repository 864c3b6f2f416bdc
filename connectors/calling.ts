import { abortable } from "./abortable.ts";
import type { CallBounds } from "./bounds.ts";
import { type AnswerBounds, fittingLookup, fittingMatch } from "./fitting-answer.ts";
import { CircuitBreaker, type Permit } from "./circuit-breaker.ts";
import { retryingConnections } from "./connection-retry.ts";
import { guardedHealth } from "./guarded-health.ts";
import { SingleFlight } from "./single-flight.ts";
import { SOURCE_ERRORS, SourceError } from "./source-error.ts";
import type {
  CallOptions,
  LookupAnswer,
  LookupQuestion,
  MatchAnswer,
  MatchQuestion,
  ResourceShape,
  Source,
} from "./source.ts";

type Circumstances = {
  readonly resource: ResourceShape;
  readonly bounds: CallBounds;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
};

/**
 * A source inside the gateway, which answers from its own disk without waiting: there is nothing to leave alone, to try again
 * or to wait for, and joining equal questions would cost more than asking twice. Its answers are checked like all others.
 */
export function checkedInside(source: Source, { resource, bounds, clock }: Circumstances): Source {
  const answerBounds = (): AnswerBounds => ({ resource, now: clock(), maxBytes: bounds.maxBytes });
  const { match } = source;
  return {
    ...source,
    async fetch(question, options) {
      try {
        return fittingLookup(question, await source.fetch(question, options), answerBounds());
      } catch (error) {
        throw asSourceError(error);
      }
    },
    ...(match !== undefined && {
      async match(question, options) {
        try {
          return fittingMatch(question, await match(question, options), answerBounds());
        } catch (error) {
          throw asSourceError(error);
        }
      },
    }),
  };
}

/**
 * The same source under the discipline that all calls have: a deadline, further attempts only where no connection came about,
 * a circuit breaker, one flight for equal questions, and answers checked against their questions. Throws SourceError only, or
 * the reason of the caller's own signal.
 */
export function guarded(source: Source, { resource, bounds, clock }: Circumstances): Source {
  const breaker = new CircuitBreaker({ failures: bounds.failures, pause: bounds.pause, clock });
  const lookups = new SingleFlight<LookupAnswer>();
  const matches = new SingleFlight<MatchAnswer>();
  const answerBounds = (): AnswerBounds => ({ resource, now: clock(), maxBytes: bounds.maxBytes });
  const { match } = source;

  return {
    ...source,
    fetch: (question, asked) =>
      lookups.join(lookupKey(question), asked.signal, (controller) =>
        call(breaker, bounds, controller, async (signal) =>
          fittingLookup(question, await source.fetch(question, withSignal(signal, asked)), answerBounds()),
        ),
      ),
    ...(match !== undefined && {
      match: (question, asked) =>
        matches.join(matchKey(question), asked.signal, (controller) =>
          call(breaker, bounds, controller, async (signal) =>
            fittingMatch(question, await match(question, withSignal(signal, asked)), answerBounds()),
          ),
        ),
    }),
    health: (options) => guardedHealth(source, breaker.state, bounds.deadline, clock(), options),
    async close() {
      const closed = new SourceError("SOURCE_UNAVAILABLE", "the source was closed");
      lookups.abort(closed);
      matches.abort(closed);
      await source.close();
    },
  };
}

/** As whoever asked first wants to be called, but with the flight's own signal. */
const withSignal = (signal: AbortSignal, { traceparent }: CallOptions): CallOptions => ({ signal, traceparent });

/** One question with its deadline; `controller` also ends it from outside. */
async function call<Answer>(
  breaker: CircuitBreaker,
  bounds: CallBounds,
  controller: AbortController,
  ask: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const permit = breaker.enter();
  const { signal } = controller;
  const timer = setTimeout(
    () => controller.abort(new SourceError("SOURCE_TIMEOUT", `no answer within ${bounds.deadline} ms`)),
    bounds.deadline,
  );
  try {
    const answer = await abortable(
      retryingConnections(() => ask(signal), bounds.retries, signal),
      signal,
    );
    permit.succeeded();
    return answer;
  } catch (error) {
    const failure = signal.aborted ? signal.reason : asSourceError(error);
    report(permit, failure);
    throw failure;
  } finally {
    clearTimeout(timer);
  }
}

/** A source that answers nonsense is there: only what may pass by itself opens the breaker. */
function report(permit: Permit, failure: unknown): void {
  if (!(failure instanceof SourceError)) permit.abandoned();
  else if (SOURCE_ERRORS[failure.code].transient) permit.failed();
  else permit.succeeded();
}

function asSourceError(error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  return new SourceError("SOURCE_FAILED", "an exception in the connector", { cause: error });
}

const entries = (texts: Readonly<Record<string, string>>): readonly (readonly [string, string])[] =>
  Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1));

/** Equal in everything but the exchange: whose purpose it is belongs to the question, for the source's own record. */
function askedKey(question: LookupQuestion | MatchQuestion): readonly unknown[] {
  const { resource, region, keys, purpose, consent = null } = question;
  const { organisation, official, itemCode, itemName, caseNumber } = purpose;
  return [resource, region, entries(keys), organisation, official, itemCode, itemName, caseNumber, consent];
}

const lookupKey = (question: LookupQuestion): string =>
  JSON.stringify([...askedKey(question), [...question.fields].sort()]);

const matchKey = (question: MatchQuestion): string =>
  JSON.stringify([...askedKey(question), entries(question.claims), question.state]);
