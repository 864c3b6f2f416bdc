import { SaxesParser } from "saxes";
import { describe, expect, test } from "vitest";
import type { Axis, BenchRun, Chart } from "./bench-run.ts";
import { renderHtml } from "./render-html.ts";
import { MEASUREMENT, RUN } from "./test-runs.ts";

/** Every text of a run is outside text: runs come from files. */
function hostile(text: string): BenchRun {
  return {
    ...RUN,
    command: [text],
    machine: { ...RUN.machine, cpu: text, system: text, node: text },
    measurements: RUN.measurements.map((measurement) => ({
      ...measurement,
      scenario: text,
      subject: text,
      outcomes: { wrong: 1, refused: 1, failed: 1, unsent: 1, first: text },
    })),
    ratios: RUN.ratios.map((ratio) => ({ ...ratio, name: `${text}${ratio.name}`, title: text })),
    charts: RUN.charts.map(({ x, y, series }) => ({
      title: text,
      x: { ...x, label: text },
      y: { ...y, label: text },
      series: series.map(({ points }) => ({ name: text, points })),
    })),
  };
}

/** All elements, and attributes as @name, once each; throws where the page is not well-formed. */
function markupOf(page: string): ReadonlySet<string> {
  const names = new Set<string>();
  const parser = new SaxesParser();
  parser.on("opentag", ({ name, attributes }) => {
    names.add(name);
    for (const attribute of Object.keys(attributes)) names.add(`@${attribute}`);
  });
  parser.on("error", (error) => {
    throw error;
  });
  // The only elements of HTML here that have no end tag, and the only entity beyond XML's.
  parser.write(page.replace(/^<!doctype html>\n/, "").replace(/<(meta[^>]*)>/g, "<$1/>")).close();
  return names;
}

const PAGE = renderHtml([RUN]);
const USUAL = markupOf(renderHtml([RUN, RUN]));

test("the page is well-formed and holds nothing that acts", () => {
  expect(
    [...USUAL].filter((name) =>
      /^(script|iframe|object|embed|link|img|a|form|base|foreignObject|@on.*|@href|@src)$/.test(name),
    ),
  ).toEqual([]);
});

test("nothing is loaded from anywhere, and the page's own policy forbids it", () => {
  expect(PAGE).not.toMatch(/https?:|src=|href=|url\(|@import|\/\/[a-z]/i);
  expect(PAGE).toContain(
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
  );
});

describe("outside text stays text", () => {
  test.each([
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><b>",
    "</title><b>",
    "&lt;",
    "'",
    "]]>",
  ])("%s", (text) => {
    const page = renderHtml([hostile(text), hostile(`${text} again`)]);
    for (const name of markupOf(page)) expect(USUAL).toContain(name);
    expect(page).not.toContain("<script");
  });

  test("a text that turns the reading direction is made visible", () => {
    expect(renderHtml([hostile("a\u202Eb\u0000c")])).not.toMatch(/[\u202E\u0000]/);
  });
});

describe("what is to be seen", () => {
  test("figures, targets, plots with units, and their values as tables", () => {
    for (const text of [
      "2,500",
      "✔ reached 达到",
      "✘ missed 未达到",
      "percentile 百分位 (%)",
      "milliseconds 毫秒, log",
      "entries, log",
    ])
      expect(PAGE).toContain(text);
    expect(PAGE.match(/<svg class="plot"/g)).toHaveLength(4);
    expect(PAGE.match(/<details>/g)).toHaveLength(4);
    expect(PAGE).toContain("<b>1</b> of <b>2</b> reached");
  });

  test("every plot says in words what it shows", () => {
    const words = [...PAGE.matchAll(/<svg class="plot"[^>]*role="img" aria-label="([^"]*)"/g)].map(
      ([, label = ""]) => label,
    );
    expect(words).toHaveLength(4);
    expect(words[0]).toContain("gateway, closed loop, 64 conn.: half within 2 ms, 99 % within 40 ms");
    expect(words.every((label) => label.length > 30)).toBe(true);
  });

  test("what went wrong stands out", () => {
    const outcomes = { wrong: 7, refused: 8, failed: 9, unsent: 10, first: "POST /v1/lookups, request 3: no JSON" };
    const page = renderHtml([{ ...RUN, measurements: [{ ...MEASUREMENT, outcomes }] }]);
    for (const text of [
      "7 wrong",
      "8 refused with 429",
      "9 not answered",
      "10 were due and never sent",
      "request 3: no JSON",
    ])
      expect(page).toContain(text);
    expect(page).toContain("<td>34</td>");
  });

  test("several runs stand side by side", () => {
    const slower = {
      ...RUN,
      measurements: RUN.measurements.map((each) => ({ ...each, perSecond: each.perSecond / 2 })),
    };
    const page = renderHtml([RUN, slower]);
    expect(page).toContain("Comparison");
    expect(page).toContain("1,250 (−50.0 %)");
    expect(page).toContain("B · gateway, closed loop, 64 conn.");
    expect(PAGE).not.toContain("Comparison");
  });
});

const charted = (points: Chart["series"][number]["points"]): BenchRun => {
  const x: Axis = { label: "x", scale: "logarithmic" };
  const y: Axis = { label: "y", scale: "linear" };
  const series = [{ name: "line", points }];
  return {
    ...RUN,
    charts: [
      { title: "one", x, y, series },
      { title: "other", x: y, y: x, series },
    ],
  };
};

test.each<[string, BenchRun]>([
  ["of nothing", { ...RUN, measurements: [], ratios: [], charts: [] }],
  ["without one right answer", { ...RUN, measurements: [{ ...MEASUREMENT, answers: 0, perSecond: 0, latency: null }] }],
  ["of charts without points", charted([])],
  [
    "of values at and below nothing",
    charted([
      [0, 0],
      [-1, -5],
    ]),
  ],
  [
    "of one value again and again",
    charted([
      [5, 5],
      [5, 5],
    ]),
  ],
])("a page %s has no place that is no number", (_, run) => {
  const page = renderHtml([run]);
  markupOf(page);
  expect(page).not.toMatch(/NaN|Infinity|undefined|null/);
});
