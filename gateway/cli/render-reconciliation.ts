import { type Difference, DIFFERENCES, type Direction } from "#gateway/log/reconcile/differences.ts";
import type { Reconciliation } from "#gateway/log/reconcile/reconcile.ts";
import { localTime } from "./local-time.ts";
import { type Line, pad, type Span, type Tone } from "./terminal.ts";

const LABEL_COLUMNS = 26;
/** Lines for each kind; the rest is counted. */
const MOST = 20;

const span = (text: string, tone?: Tone): Span => (tone === undefined ? { text } : { text, tone });
const count = (number: number): string => number.toLocaleString("en");
const labelled = (label: string, ...rest: readonly Span[]): Line => [
  span(`  ${pad(label, LABEL_COLUMNS)}`, "faint"),
  ...rest,
];

/** Both directions, what differs line by line, and what was not checked. */
export function renderReconciliation({ directions, signatures, nameless }: Reconciliation): Line[] {
  return [...directions.flatMap((direction) => [...renderDirection(direction), []]), ...notes(signatures, nameless)];
}

function renderDirection(direction: Direction): Line[] {
  const { asking, answering, agreeing, erased, unacknowledged, onlyAsking, onlyAnswering, disagreeing } = direction;
  const isFine = onlyAsking.length + onlyAnswering.length + disagreeing.length === 0;
  return [
    [
      isFine ? span("✔ 一致 ALIKE", "good") : span("✘ 不一致 NOT ALIKE", "bad"),
      span(`  ${asking}`, "strong"),
      span(" 请求 asked "),
      span(answering, "strong"),
    ],
    labelled("双方一致 in both, alike", span(count(agreeing)), span(asides(erased, unacknowledged), "faint")),
    labelled("仅请求方有 only asking", counted(onlyAsking.length)),
    ...listed(onlyAsking),
    labelled("仅答复方有 only answering", counted(onlyAnswering.length)),
    ...listed(onlyAnswering),
    labelled("不符 differing", counted(disagreeing.length)),
    ...listed(disagreeing),
    ...Object.entries(direction.elsewhere).map(([issuer, number]) =>
      labelled("其他网关 elsewhere", span(`${count(number)}  ${issuer}`, "faint")),
    ),
  ];
}

const counted = (number: number): Span => span(count(number), number > 0 ? "bad" : undefined);

function asides(erased: number, unacknowledged: number): string {
  const parts = [
    erased > 0 ? `内容已删除 erased ${count(erased)}` : null,
    unacknowledged > 0 ? `未签收 no counter-receipt ${count(unacknowledged)}` : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? "" : `  (${parts.join(", ")})`;
}

function listed(differences: readonly Difference[]): Line[] {
  const lines = differences.slice(0, MOST).map(({ code, asking, answering, time, detail }): Line => {
    const { zh, en } = DIFFERENCES[code];
    return [
      span(`    ${asking ?? "—"} → ${answering ?? "—"}`),
      span(`  ${Number.isNaN(Date.parse(time)) ? time : localTime(time)}`, "faint"),
      span(`  ${zh}。${en}.  `),
      span(detail === "" ? code : `${code}  ${detail}`, "faint"),
    ];
  });
  const others = differences.length - MOST;
  return others > 0
    ? [...lines, [span(`    另有 ${count(others)} 项 and ${count(others)} more (--json)`, "bad")]]
    : lines;
}

function notes({ right, unchecked }: Reconciliation["signatures"], nameless: number): Line[] {
  const all = [
    right > 0 ? `签名已核对 signatures checked: ${count(right)}` : null,
    unchecked > 0
      ? `签名未核对 signatures not checked: ${count(unchecked)} (--key FILE: the gateways' /.well-known/jwks.json)`
      : null,
    nameless > 0
      ? `${count(nameless)} 条已删除的交换没有标识，上列缺失可能就是它们 erased exchanges are not named: what is missing may be among them`
      : null,
  ];
  return all.filter((note) => note !== null).map((note): Line => [span(`  ${note}`, "faint")]);
}
