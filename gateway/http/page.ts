import type { FastifyRequest } from "fastify";

export const DEFAULT_LIMIT = 100;

/** A page of what is ordered by identifier: what comes after this one. */
export type Page = { readonly after: string | null; readonly limit: number };
/** A page of what is ordered by number. */
export type SequencePage = { readonly after: number; readonly limit: number };

/** The form of both was checked against the contract. */
type Query = { readonly after?: string; readonly limit?: string };

export const limitOf = ({ query }: FastifyRequest): number => Number((query as Query).limit ?? DEFAULT_LIMIT);

export const pageOf = (request: FastifyRequest): Page => ({
  after: (request.query as Query).after ?? null,
  limit: limitOf(request),
});

export const sequencePageOf = (request: FastifyRequest): SequencePage => ({
  after: Number((request.query as Query).after ?? 0),
  limit: limitOf(request),
});

/** What to give as `after` for the next page; null when this one was not full. */
export const nextSequence = (
  entries: readonly { readonly sequence: number }[],
  { limit }: SequencePage,
): string | null => {
  const last = entries.at(-1);
  return last === undefined || entries.length < limit ? null : String(last.sequence);
};
