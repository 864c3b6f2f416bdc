import { fullOf, renderBar } from "./bar.ts";
import type { Ratio, Target } from "./bench-run.ts";
import { figure, type Standing, standingOf, wantedOf } from "./figures.ts";
import { distinct } from "./lines-of.ts";
import { type Markup, markup, NOTHING } from "./markup.ts";
import type { ShownRun } from "./shown-run.ts";
import { pageTable } from "./table.ts";

const WORDS = {
  reached: "✔ reached 达到",
  missed: "✘ missed 未达到",
  "no target": "no target 无目标",
} as const satisfies Record<Standing, string>;

type Found = { readonly label: string; readonly ratio: Ratio };

/** Each ratio as a bar with a mark where its target is, for every run; those without a target as figures. */
export function renderTargets(shown: readonly ShownRun[]): Markup {
  const found = shown.flatMap(({ label, run }) => run.ratios.map((ratio): Found => ({ label, ratio })));
  if (found.length === 0) return NOTHING;
  return markup`<section><h2>Targets <span lang="zh">目标</span></h2>${renderCount(shown[0])}
<ul class="bars">${byName(found.filter(({ ratio }) => ratio.target !== null)).map(renderRatio)}</ul>
${renderOthers(shown, byName(found.filter(({ ratio }) => ratio.target === null)))}</section>`;
}

const byName = (found: readonly Found[]): readonly (readonly Found[])[] =>
  distinct(found.map(({ ratio }) => ratio.name)).map((name) => found.filter(({ ratio }) => ratio.name === name));

function renderOthers(shown: readonly ShownRun[], others: readonly (readonly Found[])[]): Markup {
  if (others.length === 0) return NOTHING;
  const rows = others.map((found) => {
    const valueIn = (label: string): number | undefined => found.find((each) => each.label === label)?.ratio.value;
    return [found[0]?.ratio.title ?? ""].concat(shown.map(({ label }) => figure(valueIn(label) ?? Number.NaN)));
  });
  return pageTable("figures without a target 无目标的数值", {
    header: ["without a target 无目标", ...shown.map(({ label }) => label)],
    rows,
  });
}

/** Of the run that the page is about. */
function renderCount(first: ShownRun | undefined): Markup {
  const aimed = (first?.run.ratios ?? []).filter(({ target }) => target !== null);
  if (aimed.length === 0) return NOTHING;
  const reached = aimed.filter((ratio) => standingOf(ratio) === "reached").length;
  return markup`<p class="count"><b>${reached}</b> of <b>${aimed.length}</b> reached 达到</p>`;
}

function renderRatio(found: readonly Found[]): Markup {
  const full = fullOf(found.flatMap(({ ratio }) => [ratio.value, boundOf(ratio.target) ?? 0]));
  const [first] = found;
  return markup`<li><p>${first?.ratio.title ?? ""} <code>${first?.ratio.name ?? ""}</code></p>
${found.map((each) => renderOne(each, full))}</li>`;
}

function renderOne({ label, ratio }: Found, full: number): Markup {
  const standing = standingOf(ratio);
  const wanted = ratio.target === null ? "" : ` ${wantedOf(ratio.target)}`;
  const badge = label === "" ? NOTHING : markup`<b class="badge">${label}</b>`;
  return markup`<div class="bar ${standing}">${badge}${renderBar({ value: ratio.value, aim: boundOf(ratio.target), full })}
<span class="said"><b>${figure(ratio.value)}</b>${wanted} <span class="standing">${WORDS[standing]}</span></span></div>`;
}

function boundOf(target: Target | null): number | null {
  if (target === null) return null;
  return "atLeast" in target ? target.atLeast : target.atMost;
}
