import { readFileSync } from "node:fs";
import Fastify from "fastify";
import { parse } from "yaml";
import { announce, answerTo, type Asked, readTask } from "./task.ts";

/** Run in a process of its own with FILE, see task.ts: takes the gateway's requests, checks them against the same schema by Fastify's own defaults. */
const task = readTask(process.argv[2] ?? "");
type Schema = Readonly<Record<string, unknown>>;

const contract: { readonly components: { readonly schemas: Readonly<Record<string, Schema>> } } = parse(
  readFileSync(new URL("../../gateway/openapi.yaml", import.meta.url), "utf8"),
);

/** With every reference to another schema of the contract written out. */
function inlined(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(inlined);
  if (typeof part !== "object" || part === null) return part;
  const { $ref, ...own }: Schema = { ...part };
  const named = typeof $ref === "string" ? contract.components.schemas[$ref.replace(/^.*\//, "")] : {};
  return Object.fromEntries(Object.entries({ ...named, ...own }).map(([name, each]) => [name, inlined(each)]));
}

const app = Fastify();
const schema = { body: inlined(contract.components.schemas[task.schema]) };
app.post<{ Body: Asked }>(task.path, { schema }, async ({ body }) => answerTo(body, task));
const url = await app.listen({ host: "127.0.0.1", port: 0 });
announce(Number(new URL(url).port));
