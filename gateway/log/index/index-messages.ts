import type { Curiosities, CuriosityBounds } from "./curiosities.ts";
import type {
  AboutPerson,
  Erasure,
  ExchangePage,
  ExchangeQuery,
  ExportPage,
  IndexedExchange,
  IndexedOpening,
  IndexState,
  RetentionBounds,
  RetentionCounts,
} from "./exchange-index.ts";
import type { TrailPage, TrailQuery } from "./trail.ts";

/** What the index's thread is started with: directories and files. */
export type IndexOutfit = { readonly file: string; readonly journal: string };

/** What is asked of the thread, and what it answers. */
export type IndexCalls = {
  readonly get: { readonly asked: { readonly id: string }; readonly answer: IndexedExchange | null };
  readonly opening: { readonly asked: { readonly id: string }; readonly answer: IndexedOpening | null };
  readonly search: { readonly asked: ExchangeQuery; readonly answer: ExchangePage };
  readonly exportPage: { readonly asked: Omit<ExchangeQuery, "limit">; readonly answer: ExportPage };
  readonly trail: { readonly asked: TrailQuery; readonly answer: TrailPage };
  readonly curiosities: {
    readonly asked: { readonly since: number; readonly bounds: CuriosityBounds };
    readonly answer: Curiosities;
  };
  readonly erase: {
    readonly asked: { readonly id: string; readonly erasure: Erasure };
    readonly answer: "erased" | "already" | "too-young" | "unknown";
  };
  readonly aboutPerson: {
    readonly asked: { readonly person: string; readonly notAfter: number | null };
    readonly answer: AboutPerson;
  };
  readonly erasePerson: {
    readonly asked: { readonly person: string; readonly before: number; readonly erasure: Erasure };
    readonly answer: number;
  };
  readonly due: { readonly asked: RetentionBounds; readonly answer: RetentionCounts };
  readonly retain: { readonly asked: RetentionBounds; readonly answer: RetentionCounts };
  readonly settle: { readonly asked: null; readonly answer: null };
  readonly probe: { readonly asked: null; readonly answer: null };
};
export type IndexCallName = keyof IndexCalls;

/** One call. `size`: the entries that it has to see. */
export type IndexCall<Name extends IndexCallName = IndexCallName> = {
  readonly [Each in Name]: {
    readonly kind: "call";
    readonly call: number;
    readonly size: number;
    readonly name: Each;
    readonly asked: IndexCalls[Each]["asked"];
  };
}[Name];

export type IndexRequest =
  | IndexCall
  /** Entries up to this size are durable in the journal. */
  | { readonly kind: "durable"; readonly size: number }
  | { readonly kind: "close" };

export type IndexAnswer =
  | { readonly kind: "answer"; readonly call: number; readonly answer: IndexCalls[IndexCallName]["answer"] }
  | { readonly kind: "failed"; readonly call: number; readonly reason: string }
  | { readonly kind: "state"; readonly state: IndexState };
