import type { Resource, SourceEntry } from "./entities.ts";
import { WHOLE_COUNTRY } from "./validation/texts.ts";

/** Who is asked, and for which region: the one asked about, or one above it. */
export type Route = { readonly region: string; readonly source: SourceEntry };

/** The region itself, then its prefecture, its province, the country (GB/T 2260). */
const regionsFrom = (region: string): readonly string[] => [
  region,
  `${region.slice(0, 4)}00`,
  `${region.slice(0, 2)}0000`,
  WHOLE_COUNTRY,
];

/** The source of the most specific region that the catalogue names; null when there is none. `region` has six digits. */
export function routeTo(
  resource: Resource,
  region: string,
  sourceById: (id: string) => SourceEntry | null,
): Route | null {
  const named = regionsFrom(region).find((each) => Object.hasOwn(resource.sources, each));
  if (named === undefined) return null;
  const source = sourceById(resource.sources[named] ?? "");
  return source === null ? null : { region: named, source };
}
