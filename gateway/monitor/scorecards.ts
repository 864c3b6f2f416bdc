import type { Registry } from "#gateway/registry/registry.ts";
import { RESOURCE, SOURCE } from "./cells.ts";
import { ageOf, type Distribution, latencyOf, shareOf } from "./distribution.ts";
import type { CountSlots } from "./count-slots.ts";
import { type FiguresWindow, WINDOWS } from "./figures.ts";

/** `share` from 0 to 1 of `of` cases, null where there is none to judge by; both sentences say what it is a share of, or why there is none. */
export type Measure = { readonly share: number | null; readonly of: number; readonly zh: string; readonly en: string };

/** How a providing department (提供部门) serves what it holds. Latency in milliseconds, freshness in seconds. */
export type Scorecard = {
  readonly organisation: string;
  readonly name: string;
  readonly resources: readonly string[];
  readonly timeliness: { readonly latency: Distribution; readonly freshness: Distribution; readonly current: Measure };
  readonly completeness: { readonly lookups: Measure; readonly matches: Measure };
  readonly availability: { readonly answered: Measure; readonly reached: Measure };
  readonly corrections: Measure;
};

type Parts = {
  readonly counts: CountSlots;
  readonly registry: Pick<Registry, "resources" | "source">;
};
type Sentence = { readonly zh: string; readonly en: string };

/** One for each organisation that the catalogue names as a provider, by its code. */
export function scorecardsOf({ counts, registry }: Parts, window: FiguresWindow): Scorecard[] {
  const sums = counts.tally.within(WINDOWS[window.name]);
  const resourceCells = new Map(counts.resources.entries().map(([id, { cell }]) => [id, cell]));
  const sourceCells = counts.sources.entries().map(([id, { cell }]) => ({ of: registry.source(id)?.resource, cell }));
  const providers = Map.groupBy(registry.resources(), ({ provider }) => provider.code);
  const cellsOf = (resources: readonly string[]): ProviderCells => ({
    resources: resources.flatMap((id) => resourceCells.get(id) ?? []),
    sources: sourceCells.flatMap(({ of, cell }) => (of !== undefined && resources.includes(of) ? [cell] : [])),
  });
  return [...providers]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([organisation, held]) => {
      const resources = held.map(({ id }) => id);
      return scorecardOf({ organisation, name: held[0]?.provider.name ?? "", resources }, sums, cellsOf(resources));
    });
}

/** Where the counts of a provider's resources and sources begin. */
type ProviderCells = { readonly resources: readonly number[]; readonly sources: readonly number[] };
type Provider = Pick<Scorecard, "organisation" | "name" | "resources">;

function scorecardOf(provider: Provider, sums: Float64Array, { resources, sources }: ProviderCells): Scorecard {
  const total = (cells: readonly number[], part: number): number =>
    cells.reduce((sum, cell) => sum + (sums[cell + part] ?? 0), 0);
  const of = (part: number): number => total(resources, part);
  const judged = of(RESOURCE.current) + of(RESOURCE.outdated);
  const asked = of(RESOURCE.answered) + of(RESOURCE.unanswered);
  const polls = total(sources, SOURCE.polls);
  return {
    ...provider,
    timeliness: {
      latency: latencyOf(sums, ...resources.map((cell) => cell + RESOURCE.latency)),
      freshness: ageOf(sums, ...resources.map((cell) => cell + RESOURCE.age)),
      current: measure(of(RESOURCE.current), judged, CURRENT, NOTHING_DECLARED),
    },
    completeness: {
      lookups: measure(of(RESOURCE.told) - of(RESOURCE.lacking), of(RESOURCE.told), FILLED, NO_FIELDS),
      matches: measure(of(RESOURCE.compared) - of(RESOURCE.incomplete), of(RESOURCE.compared), COMPARED, NO_MATCHES),
    },
    availability: {
      answered: measure(of(RESOURCE.answered), asked, ANSWERED, NOT_ASKED),
      reached: measure(total(sources, SOURCE.reached), polls, REACHED, NOT_POLLED),
    },
    corrections: { share: null, of: 0, ...NO_CORRECTIONS },
  };
}

const measure = (part: number, whole: number, meaning: Sentence, none: Sentence): Measure => ({
  share: shareOf(part, whole),
  of: whole,
  ...(whole === 0 ? none : meaning),
});

const CURRENT = {
  zh: "答复数据的时点不早于目录所声明更新周期的两倍。",
  en: "Answers whose facts are no older than two of the update periods that the catalogue declares.",
};
const NOTHING_DECLARED = {
  zh: "此期间没有答复，或目录没有声明更新周期。",
  en: "There was no answer in this time, or the catalogue declares no update period.",
};
const FILLED = {
  zh: "已提供字段中数据源有内容的比例。",
  en: "Fields given for which the source had something.",
};
const NO_FIELDS = {
  zh: "此期间提供的字段中，数据源是否有内容，没有可依据的数据。",
  en: "Nothing tells of fields given in this time whether the source had anything for them.",
};
const COMPARED = {
  zh: "找到记录的核验中，每一项都能比对的比例。",
  en: "Matches that found a record and could compare every claim.",
};
const NO_MATCHES = { zh: "此期间没有找到记录的核验。", en: "No match found a record in this time." };
const ANSWERED = { zh: "数据源给出答复的询问比例。", en: "Questions that the sources answered." };
const NOT_ASKED = { zh: "此期间没有询问过。", en: "Nothing was asked in this time." };
const REACHED = { zh: "巡检中数据源可用的比例。", en: "Checks at which the sources could be asked." };
const NOT_POLLED = { zh: "此期间没有巡检。", en: "The sources were not checked in this time." };
const NO_CORRECTIONS = {
  zh: "本网关尚未受理校核申请，没有可统计的数据。",
  en: "This gateway does not take applications for correction yet, so there is nothing to count.",
};
