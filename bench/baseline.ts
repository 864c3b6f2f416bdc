import { readFileSync } from "node:fs";
import Fastify from "fastify";
import { parse } from "yaml";
import { serialOf } from "./records.ts";
import { referenceOf, type ScenarioName, SCENARIOS } from "./scenarios.ts";

/**
 * Run by inquiry.ts in a process of its own with SCENARIO and FILE, an answer of the gateway: a bare Fastify that takes the same
 * requests, checks them against the same schema by its own defaults, and answers the same but for what belongs to the key.
 */
const [name, file = ""] = process.argv.slice(2);
const { path, schema } = SCENARIOS[name as ScenarioName];
const sample: Sample = JSON.parse(readFileSync(file, "utf8"));

type Sample = {
  readonly record?: Readonly<Record<string, string | null>>;
  readonly source: Readonly<Record<string, string>>;
};
type Asked = { readonly keys: { readonly certificateNumber: string } };
type Schema = Readonly<Record<string, unknown>>;

const contract: { readonly components: { readonly schemas: Readonly<Record<string, Schema>> } } = parse(
  readFileSync(new URL("../gateway/openapi.yaml", import.meta.url), "utf8"),
);

/** With every reference to another schema of the contract written out. */
function inlined(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(inlined);
  if (typeof part !== "object" || part === null) return part;
  const { $ref, ...own }: Schema = { ...part };
  const named = typeof $ref === "string" ? contract.components.schemas[$ref.replace(/^.*\//, "")] : {};
  return Object.fromEntries(Object.entries({ ...named, ...own }).map(([name, each]) => [name, inlined(each)]));
}

function answerTo({ keys: { certificateNumber } }: Asked): Sample {
  const { record, source } = sample;
  const reference = referenceOf(serialOf(certificateNumber));
  return {
    ...sample,
    source: { ...source, reference },
    ...(record !== undefined && { record: { ...record, certificateNumber } }),
  };
}

const app = Fastify();
app.post<{ Body: Asked }>(path, { schema: { body: inlined(contract.components.schemas[schema]) } }, async ({ body }) =>
  answerTo(body),
);
const url = await app.listen({ host: "127.0.0.1", port: 0 });
process.send?.({ port: Number(new URL(url).port) });
process.once("disconnect", () => process.exit());
