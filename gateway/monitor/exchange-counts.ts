import type { Timing } from "#gateway/exchange/observe.ts";
import type {
  ExchangeRecord,
  InquiryRecord,
  RecordedSource,
  VerificationRecord,
} from "#gateway/log/exchange-record.ts";
import { addAge, addLatency, CLIENT, KIND, RESOURCE, ROUTE, SOURCE } from "./cells.ts";
import type { CountSlots, KnownNames, ResourceSlot, SourceSlot } from "./count-slots.ts";
import { allowedAge } from "./freshness.ts";

/** `route` as the contract writes it, null where there is none. */
export type AnsweredRequest = {
  readonly method: string;
  readonly route: string | null;
  readonly status: number;
  readonly milliseconds: number;
};

type Options = {
  readonly names: Pick<KnownNames, "resource">;
  /** Milliseconds, never set back. */
  readonly steady: () => number;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
};

/** Rules that deny because no case was named that could be one. */
const CASELESS: readonly string[] = ["PURPOSE_MISSING", "CASE_UNKNOWN", "CASE_CLOSED"];
/** Of treatments: what left of a field. */
const WHOLE = "give";
const REDUCED: readonly string[] = ["mask", "generalise"];

/** Counts what happens: less than a microsecond for each exchange, and nothing to wait for. */
export class ExchangeCounts {
  readonly #slots: CountSlots;
  readonly #options: Options;

  constructor(slots: CountSlots, options: Options) {
    this.#slots = slots;
    this.#options = options;
  }

  /** Of each exchange once it is recorded. */
  recorded(record: ExchangeRecord, timing: Timing): void {
    const { tally } = this.#slots;
    tally.turn(this.#options.steady());
    const kind = this.#slots.kinds.of(record.kind);
    addLatency(tally, kind.cell + KIND.latency, timing.milliseconds);
    switch (record.kind) {
      case "match":
      case "lookup":
        tally.add(kind.results.of(record.outcome.result), 1);
        return this.#inquiry(record, timing);
      case "verification":
        tally.add(kind.results.of(record.outcome.result), 1);
        return this.#verification(record, timing);
      case "counter-receipt":
      case "act":
        tally.add(kind.results.of("RECORDED"), 1);
    }
  }

  /** Of each request once it is answered. */
  answered({ method, route, status, milliseconds }: AnsweredRequest): void {
    const { tally } = this.#slots;
    tally.turn(this.#options.steady());
    const slot = this.#slots.routes.of(route ?? "none").of(route === null ? "any" : method);
    addLatency(tally, slot.cell + ROUTE.latency, milliseconds);
    if (status >= 500) tally.add(slot.cell + ROUTE.failed, 1);
    tally.add(slot.statuses.of(String(status)), 1);
  }

  /** Of each question that a source did not answer. `code` of its SourceError. */
  sourceFailed(source: string, code: string): void {
    const { tally } = this.#slots;
    tally.turn(this.#options.steady());
    tally.add(this.#slots.sources.of(source).cell + SOURCE.unanswered, 1);
    tally.add(this.#slots.sourceErrors.of(code), 1);
  }

  /** Of each time that a source was asked how it is. */
  polled(source: string, reached: boolean): void {
    const { tally } = this.#slots;
    tally.turn(this.#options.steady());
    const { cell } = this.#slots.sources.of(source);
    tally.add(cell + SOURCE.polls, 1);
    if (reached) tally.add(cell + SOURCE.reached, 1);
  }

  /** To be told when the catalogue has changed. */
  refresh(): void {
    for (const [id, slot] of this.#slots.resources.entries()) slot.allowedAge = this.#allowedAgeOf(id);
  }

  #allowedAgeOf(id: string): number | null {
    const resource = this.#options.names.resource(id);
    return resource === null ? null : allowedAge(resource.updateFrequency);
  }

  #inquiry(record: InquiryRecord, timing: Timing): void {
    const { tally } = this.#slots;
    const { kind, request, outcome, source } = record;
    const isLookup = kind === "lookup";
    const { cell } = this.#resourceSlot(request.resource);
    const client = this.#slots.clients.of(record.client.id);
    tally.add(cell + (isLookup ? RESOURCE.lookups : RESOURCE.matches), 1);
    tally.add(client + (isLookup ? CLIENT.lookups : CLIENT.matches), 1);
    if (isLookup) this.#fields(record, cell, client, timing);
    if (outcome.result === "DENIED") this.#denied(record, client);
    else if (outcome.result === "UNANSWERED") this.#unanswered(outcome.code ?? "NO_CODE", cell);
    else if (source !== null) this.#heard(request.resource, source, timing);
    this.#found(outcome.result, cell);
  }

  #found(result: InquiryRecord["outcome"]["result"], cell: number): void {
    const { tally } = this.#slots;
    if (result === "FOUND") tally.add(cell + RESOURCE.found, 1);
    else if (result === "MATCHED" || result === "MISMATCHED" || result === "INCOMPLETE") {
      tally.add(cell + RESOURCE.compared, 1);
      if (result === "INCOMPLETE") tally.add(cell + RESOURCE.incomplete, 1);
    }
  }

  #fields({ request, disclosed }: InquiryRecord, cell: number, client: number, { lacking }: Timing): void {
    const { tally } = this.#slots;
    let [given, reduced] = [0, 0];
    for (const { treatment } of disclosed) {
      if (treatment === WHOLE) given += 1;
      else if (REDUCED.includes(treatment)) reduced += 1;
    }
    tally.add(cell + RESOURCE.asked, request.fields.length);
    tally.add(cell + RESOURCE.given, given);
    tally.add(cell + RESOURCE.reduced, reduced);
    tally.add(client + CLIENT.asked, request.fields.length);
    tally.add(client + CLIENT.given, given + reduced);
    if (lacking === undefined) return;
    tally.add(cell + RESOURCE.told, given + reduced);
    tally.add(cell + RESOURCE.lacking, lacking);
  }

  #verification(record: VerificationRecord, timing: Timing): void {
    const { tally } = this.#slots;
    const { request, source, report } = record;
    const client = this.#slots.clients.of(record.client.id);
    tally.add(client + CLIENT.verifications, 1);
    if (record.outcome.result === "DENIED") this.#denied(record, client);
    if (request.register === null) return;
    const { cell } = this.#resourceSlot(request.register.resource);
    tally.add(cell + RESOURCE.registers, 1);
    if (source !== null) this.#heard(request.register.resource, source, timing);
    else if (report?.register?.outcome === "unanswered") this.#unanswered(report.register.code, cell);
  }

  /** Each rule once; where it was not the policies that turned it down, what did. */
  #denied({ decision, outcome }: InquiryRecord | VerificationRecord, client: number): void {
    const { tally } = this.#slots;
    const codes = decision.effect === "deny" ? decision.reasons : [outcome.code ?? "NO_REASON"];
    for (const code of codes) tally.add(this.#slots.denials.of(code), 1);
    tally.add(client + CLIENT.denied, 1);
    if (codes.some((code) => CASELESS.includes(code))) tally.add(client + CLIENT.caseless, 1);
  }

  /** Only what the source itself is to answer for counts against it. */
  #unanswered(code: string, cell: number): void {
    this.#slots.tally.add(this.#slots.unanswered.of(code), 1);
    if (code.startsWith("SOURCE_")) this.#slots.tally.add(cell + RESOURCE.unanswered, 1);
  }

  #heard(resource: string, { id, asOf }: RecordedSource, { sourceMilliseconds }: Timing): void {
    const { tally } = this.#slots;
    const source = this.#slots.sources.of(id);
    const { cell, allowedAge } = this.#resourceSlot(resource);
    tally.add(source.cell + SOURCE.answered, 1);
    tally.add(cell + RESOURCE.answered, 1);
    if (sourceMilliseconds !== null) {
      addLatency(tally, source.cell + SOURCE.latency, sourceMilliseconds);
      addLatency(tally, cell + RESOURCE.latency, sourceMilliseconds);
    }
    const age = (this.#options.clock() - timeOf(asOf, source)) / 1000;
    if (Number.isNaN(age)) return;
    addAge(tally, source.cell + SOURCE.age, age);
    addAge(tally, cell + RESOURCE.age, age);
    if (allowedAge !== null) tally.add(cell + (age <= allowedAge ? RESOURCE.current : RESOURCE.outdated), 1);
  }

  #resourceSlot(id: string): ResourceSlot {
    const slot = this.#slots.resources.of(id);
    if (slot.allowedAge === null) slot.allowedAge = this.#allowedAgeOf(id);
    return slot;
  }
}

/** A source often answers from the same moment many times in a row. */
function timeOf(asOf: string, source: SourceSlot): number {
  if (asOf !== source.asOf) [source.asOf, source.asOfTime] = [asOf, Date.parse(asOf)];
  return source.asOfTime;
}
