import type { ExchangeRecord } from "#gateway/log/exchange-record.ts";
import { RECEIPT_FAULTS } from "#gateway/log/receipts/receipt-faults.ts";
import type { ProvenReceipt, ReceiptCheck, ReceiptOutcome } from "#gateway/log/receipts/verify-receipt.ts";
import { localTime } from "./local-time.ts";
import { type Line, pad, type Span, type Tone } from "./terminal.ts";

const LABEL_COLUMNS = 18;

const span = (text: string, tone?: Tone): Span => (tone === undefined ? { text } : { text, tone });
const labelled = (label: string, ...rest: readonly Span[]): Line => [
  span(`  ${pad(label, LABEL_COLUMNS)}`, "faint"),
  ...rest,
];
const moment = (iso: string): string => `${localTime(iso)}  ${iso}`;

/** What a receipt proves, or why it proves nothing. */
export function renderReceipt(file: string, outcome: ReceiptOutcome): Line[] {
  if (outcome.holds)
    return [[span("✔ 回执成立 THE RECEIPT HOLDS", "good"), span(`  ${file}`, "strong")], ...provenLines(outcome)];
  const { code, detail } = outcome.fault;
  const { zh, en } = RECEIPT_FAULTS[code];
  return [
    [span("✘ 回执不成立 THE RECEIPT DOES NOT HOLD", "bad"), span(`  ${file}`, "strong")],
    [span(`  ${zh}。${en}.  `), span(code, "faint")],
    ...(detail === "" ? [] : [[span(`  ${detail}`, "faint")]]),
  ];
}

function provenLines({ proven, checks }: ReceiptOutcome & { readonly holds: true }): Line[] {
  const { log, index, size, exchange, time, signatures } = proven;
  return [
    labelled("日志 log", span(log)),
    labelled("位置 index", span(`${index}`), span(`  共 ${size} 条 of ${size} entries`, "faint")),
    labelled("时间 time", span(moment(time))),
    labelled("交换 exchange", span(exchange)),
    ...signatures.map(({ algorithm, keyId }) =>
      labelled("签名 signed by", span(`${algorithm} ${keyId}`), span("  日志的公钥 the log's key", "faint")),
    ),
    ...witnessLines(proven),
    recordLine(proven.record),
    contentLine("请求 request", checks.request, { option: "--request", text: proven.target ?? "" }),
    proven.isAnswered === false
      ? labelled("答复 answer", span("未作答复 nothing was answered", "open"))
      : contentLine("答复 answer", checks.answer, { option: "--answer", text: "" }),
  ];
}

function witnessLines({ witnesses, unchecked }: ProvenReceipt): Line[] {
  const lines = witnesses.map(({ name, at }) => labelled("见证 witness", span(`${name}  ${moment(at)}`)));
  if (unchecked === 0 && lines.length > 0) return lines;
  const others =
    unchecked === 0 ? "无 none" : `另有 ${unchecked} 行签名未核对 ${unchecked} more signatures, not checked`;
  return [...lines, labelled("见证 witness", span(others, "faint"))];
}

function recordLine(record: ExchangeRecord | null): Line {
  const label = "记录 record";
  if (record === null)
    return labelled(label, span("回执不含内容：已依法删除，或被略去 no content: erased, or left out", "open"));
  return labelled(label, span("已证实 proven", "good"), span(`  ${factsOf(record)}`));
}

/** Of a record that is proven to be what the log has. */
function factsOf(record: ExchangeRecord): string {
  switch (record.kind) {
    case "match":
    case "lookup":
    case "verification":
      return `${record.kind} ${record.outcome.result}${record.outcome.code === null ? "" : ` ${record.outcome.code}`}`;
    case "counter-receipt":
      return `${record.kind} of ${record.of}`;
    case "act":
      return `${record.act} ${record.to}`;
    default:
      // A log of a later version may have further kinds.
      return "";
  }
}

function contentLine(
  label: string,
  check: ReceiptCheck,
  { option, text }: { readonly option: string; readonly text: string },
): Line {
  const facts = text === "" ? [] : [span(`  ${text}`)];
  if (check.outcome === "passed") return labelled(label, span("已证实 proven", "good"), ...facts);
  return labelled(label, span(`未提供 not given (${option} FILE)`, "faint"), ...facts);
}
