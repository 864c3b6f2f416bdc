import { compareClaim } from "./compare.ts";
import type { CallOptions, MatchAnswer, MatchQuestion, ResourceShape, Source } from "./source.ts";

type Match = (question: MatchQuestion, options: CallOptions) => Promise<MatchAnswer>;

/** The source's own comparison where it has one; else its fields are fetched and compared here. Throws SourceError. */
export function matchBy(source: Source, resource: ResourceShape): Match {
  return source.match ?? ((question, options) => fetchAndCompare(source, resource, question, options));
}

async function fetchAndCompare(
  source: Source,
  resource: ResourceShape,
  { claims, state, ...asked }: MatchQuestion,
  options: CallOptions,
): Promise<MatchAnswer> {
  const names = Object.keys(claims);
  const fields = state === null || names.includes(state) ? names : [...names, state];
  const answer = await source.fetch({ ...asked, fields }, options);
  if (answer.kind === "not-found") return answer;
  const { record, kind, ...provenance } = answer;
  const results = Object.entries(claims).map(
    ([name, claimed]) =>
      [name, compareClaim(resource.fields[name]?.type ?? "text", claimed, record[name] ?? null)] as const,
  );
  const held = state === null ? null : (record[state] ?? null);
  return { ...provenance, kind, claims: Object.fromEntries(results), state: held };
}
