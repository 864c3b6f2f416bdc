import type { LoadOrder, LoadProgress, LoadResult } from "./load.ts";

/** To the process that asks. */
export type ToGenerator =
  | { readonly kind: "measure"; readonly order: LoadOrder }
  | { readonly kind: "authorize"; readonly tokens: LoadOrder["tokens"] };

/** And back. */
export type FromGenerator =
  | { readonly kind: "progress"; readonly progress: LoadProgress }
  | { readonly kind: "result"; readonly result: LoadResult }
  | { readonly kind: "failed"; readonly why: string };
