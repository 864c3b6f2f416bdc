import { Ajv } from "ajv";
import type { BenchRun } from "./bench-run.ts";

const MOST_BYTES = 64 * 1024 * 1024;

const text = { type: "string", maxLength: 1000 } as const;
const number = { type: "number" } as const;
const count = { type: "number", minimum: 0 } as const;
const listOf = (items: object, maxItems: number) => ({ type: "array", items, maxItems }) as const;
const strict = (properties: Readonly<Record<string, object>>, optional: readonly string[] = []) => ({
  type: "object",
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});
const eitherOf = (...anyOf: readonly object[]) => ({ anyOf });
const nothing = { type: "null" } as const;

const axis = strict({ label: text, scale: { enum: ["linear", "logarithmic"] } });
const latency = strict({
  p50: count,
  p90: count,
  p99: count,
  p999: count,
  max: count,
  histogram: listOf(strict({ upTo: count, count }), 10_000),
});
const outcomes = strict({ wrong: count, refused: count, failed: count, unsent: count, first: eitherOf(text, nothing) });

const RUN = strict({
  version: { const: 1 },
  startedAt: { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?Z$" },
  machine: strict({ cpu: text, cores: count, memoryBytes: count, system: text, node: text }),
  command: listOf(text, 100),
  measurements: listOf(
    strict(
      {
        scenario: text,
        subject: text,
        pace: eitherOf(
          strict({ kind: { const: "closed" } }),
          strict({ kind: { const: "fixed" }, perSecond: { type: "number", exclusiveMinimum: 0 } }),
        ),
        connections: count,
        seconds: count,
        answers: count,
        perSecond: count,
        latency: eitherOf(latency, nothing),
        timeline: listOf(strict({ second: count, answers: count, p99: count }), 100_000),
        outcomes,
      },
      ["outcomes"],
    ),
    10_000,
  ),
  ratios: listOf(
    strict({
      name: text,
      title: text,
      value: number,
      target: eitherOf(strict({ atLeast: number }), strict({ atMost: number }), nothing),
    }),
    1000,
  ),
  charts: listOf(
    strict({
      title: text,
      x: axis,
      y: axis,
      series: listOf(
        strict({ name: text, points: listOf({ type: "array", items: number, minItems: 2, maxItems: 2 }, 100_000) }),
        100,
      ),
    }),
    1000,
  ),
});

const isRun = new Ajv().compile<BenchRun>(RUN);

/** A run as it was written to a file. Throws an Error that says what is wrong with it. */
export function readRun(text: string): BenchRun {
  if (text.length > MOST_BYTES) throw new Error(`more than ${MOST_BYTES} characters`);
  const value = parsed(text);
  if (isRun(value)) return value;
  const [mistake] = isRun.errors ?? [];
  throw new Error(`not a run of the bench: ${mistake?.instancePath ?? ""} ${mistake?.message ?? ""}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("not JSON");
  }
}
