import { type CallBounds, DEFAULT_BOUNDS } from "./bounds.ts";
import { guarded } from "./calling.ts";
import { SourceError } from "./source-error.ts";
import type { CallOptions, LookupAnswer, LookupQuestion, MatchQuestion, ResourceShape, Source } from "./source.ts";

export const RESOURCE: ResourceShape = {
  id: "identity-card",
  fields: {
    code: { type: "resident-number" },
    name: { type: "name" },
    born: { type: "date" },
    state: { type: "code" },
  },
  keys: [["code"]],
};

export const NOW = Date.UTC(2026, 0, 10);
export const AS_OF = "2026-01-09T08:00:00+08:00";
export const NEVER = new AbortController().signal;
export const OPTIONS = { signal: NEVER };

export const question = (more: Partial<LookupQuestion> = {}): LookupQuestion => ({
  resource: "identity-card",
  region: "340100",
  keys: { code: "11010519491231002X" },
  fields: ["name"],
  purpose: { organisation: "o", official: "f", itemCode: "i", itemName: "n", caseNumber: "c" },
  exchange: "e",
  ...more,
});

export const matchQuestion = (more: Partial<MatchQuestion> = {}): MatchQuestion => {
  const { fields: _, ...asked } = question();
  return { ...asked, claims: { name: "张三" }, state: null, ...more };
};

export const found = (record: Readonly<Record<string, unknown>>, more: object = {}): LookupAnswer =>
  Object.assign({ kind: "found", asOf: AS_OF, reference: "ref-1", record }, more) as LookupAnswer;

export const RIGHT = found({ code: "11010519491231002x", name: "张三" });

export type Fetch = (question: LookupQuestion, options: CallOptions) => Promise<LookupAnswer>;

export function sourceOf(fetch: Fetch, more: Partial<Source> = {}): Source {
  return {
    describe: () => ({ kind: "http-json", host: "department.example", abilities: ["lookup"] }),
    fetch,
    health: async () => ({ status: "ready", zh: "正常。", en: "Fine." }),
    close: async () => {},
    ...more,
  };
}

export function guard(fetch: Fetch, bounds: Partial<CallBounds> = {}, more: Partial<Source> = {}) {
  const at = { now: NOW };
  const source = guarded(sourceOf(fetch, more), {
    resource: RESOURCE,
    bounds: { ...DEFAULT_BOUNDS, ...bounds },
    clock: () => at.now,
  });
  return { source, at };
}

export const failure = async (work: Promise<unknown>): Promise<SourceError> => {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof SourceError) return error;
  throw new Error("no SourceError", { cause: error });
};

export const hanging = (): Promise<never> => new Promise(() => {});
