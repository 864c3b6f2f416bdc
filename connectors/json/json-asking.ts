import type { Surroundings } from "../settings.ts";
import { SourceError } from "../source-error.ts";
import type { CallOptions, LookupQuestion, Source, SourceDescription } from "../source.ts";
import type { Response } from "./answer-frame.ts";
import { type LookupMapping, readLookupAnswer } from "./lookup-mapping.ts";
import { type MatchMapping, readMatchAnswer } from "./match-mapping.ts";
import type { Question } from "./template.ts";

/** One of the ways in which a source is asked: what is sent, and how the answer is read. Null: not asked that way. */
export type Way<Request, Mapping> = { readonly request: Request; readonly answer: Mapping } | null;
export type Ways<Request> = {
  readonly lookup: Way<Request, LookupMapping>;
  readonly match: Way<Request, MatchMapping>;
};
/** Sends one question. `accept`: statuses that the answer's mapping knows. Throws SourceError. */
export type Ask<Request> = (
  request: Request,
  question: Question,
  options: CallOptions & { readonly accept: readonly number[] },
) => Promise<Response>;

/** What sources that answer in JSON do alike. */
export function jsonAsking<Request>(
  { lookup, match }: Ways<Request>,
  ask: Ask<Request>,
  { id, resource, clock }: Surroundings,
): Pick<Source, "fetch" | "match"> & Pick<SourceDescription, "abilities"> {
  const circumstances = ({ exchange }: Question) => ({ now: clock(), ours: `${id}:${exchange}`, resource });
  const abilities = [
    ...(lookup === null ? [] : (["lookup"] as const)),
    ...(match === null ? [] : (["match"] as const)),
  ];
  const fetch: Source["fetch"] = async (question: LookupQuestion, { signal, traceparent }) => {
    if (lookup === null) throw new SourceError("SOURCE_REFUSED", "this source only compares", { sent: false });
    const { request, answer } = lookup;
    const response = await ask(request, question, { signal, traceparent, accept: answer.frame.notFound.statuses });
    return readLookupAnswer(answer, response, question, circumstances(question));
  };
  if (match === null) return { abilities, fetch };
  return {
    abilities,
    fetch,
    async match(question, { signal, traceparent }) {
      const { request, answer } = match;
      const response = await ask(request, question, { signal, traceparent, accept: answer.frame.notFound.statuses });
      return readMatchAnswer(answer, response, question, circumstances(question));
    },
  };
}
