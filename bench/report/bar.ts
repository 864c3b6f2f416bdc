import { type Markup, markup, NOTHING } from "./markup.ts";

/** `aim`: where a mark stands, null for none; `full`: what the whole track stands for. */
export type Bar = { readonly value: number; readonly aim: number | null; readonly full: number };

/** Only to look at: the figures stand beside it. */
export function renderBar({ value, aim, full }: Bar): Markup {
  const share = (part: number): string => `${Math.max(0, Math.min(100, (part / full) * 100)).toFixed(1)}%`;
  const mark = aim === null ? NOTHING : markup`<span class="aim" style="left:${share(aim)}"></span>`;
  return markup`<span class="track" aria-hidden="true"><span class="fill" style="width:${share(value)}"></span>${mark}</span>`;
}

/** Some room behind the longest of bars that stand together. */
export const fullOf = (values: readonly number[]): number => Math.max(...values) * 1.12 || 1;
