import type { ExchangeFilter } from "#gateway/log/index/exchange-index.ts";

/** What a query or a body searches for, as the contract has checked it; times are RFC 3339. */
type Asked = Partial<
  Readonly<Record<Exclude<keyof ExchangeFilter, "person" | "until"> | "to", string>> & { readonly before: string }
>;

export function filterOf(asked: Asked): ExchangeFilter {
  return {
    from: timeOf(asked.from),
    until: timeOf(asked.to),
    client: asked.client ?? null,
    organisation: asked.organisation ?? null,
    item: asked.item ?? null,
    case: asked.case ?? null,
    resource: asked.resource ?? null,
    kind: asked.kind ?? null,
    outcome: asked.outcome ?? null,
    person: null,
  };
}

const timeOf = (text: string | undefined): number | null => (text === undefined ? null : Date.parse(text));

export const beforeOf = ({ before }: Asked): number | null => (before === undefined ? null : Number(before));

/** `next` of a page, as it is given back as `before`. */
export const nextText = (next: number | null): string | null => (next === null ? null : String(next));
