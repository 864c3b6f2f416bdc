import {
  ENTITLEMENTS,
  HOLDER_RESULTS,
  type HolderComparison,
  NOT_ASKED_REASONS,
  REGISTER_STATES,
  type RegisterAnswer,
} from "#certs/register-answer.ts";
import type { Sentence } from "#certs/report.ts";
import { localTime } from "./local-time.ts";

type Row = readonly [label: string, text: string];

const both = ({ zh, en }: Sentence): string => `${zh} ${en}`;

/** What a register answered, as people read it: a label and a text for each line. */
export function registerRows(answer: RegisterAnswer): Row[] {
  const { resource, region, issuer } = answer;
  return [
    ["登记 register", [resource, region].filter((text) => text !== null).join("  ")],
    ["  答复 answer", sentenceOf(answer)],
    ...(answer.outcome === "found" ? ([["  持证 holder", comparisonOf(answer.holder)]] as const) : []),
    ...(issuer === null ? [] : ([["  颁发 issuer", both(ENTITLEMENTS[issuer])]] as const)),
    ...(answer.source === null ? [] : provenanceOf(answer)),
  ];
}

function sentenceOf(answer: RegisterAnswer): string {
  switch (answer.outcome) {
    case "found":
      return both(REGISTER_STATES[answer.state]);
    case "not-found":
      return "查无此证照 no such licence";
    case "unanswered":
      return `没有答复 no answer · ${answer.code}`;
    case "not-asked":
      return `未查询：${NOT_ASKED_REASONS[answer.code].zh} not asked: ${NOT_ASKED_REASONS[answer.code].en}`;
  }
}

const comparisonOf = ({ name, code }: HolderComparison): string =>
  `名称 name ${both(HOLDER_RESULTS[name])} · 代码 code ${both(HOLDER_RESULTS[code])}`;

const provenanceOf = ({ source, asOf, reference }: RegisterAnswer & { readonly source: string }): Row[] => [
  ["  来源 source", `${source} · ${reference}`],
  ["  时间 as of", localTime(asOf)],
];
