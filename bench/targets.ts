import { readFileSync } from "node:fs";
import type { Target } from "./report/bench-run.ts";

/** By the ratio's name: SCENARIO.RATIO. */
export type Targets = Readonly<Record<string, Target>>;

const FILE = new URL("./targets.json", import.meta.url);
const NAME = /^[a-z0-9]+\.[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** Of the bench itself. */
export const shippedTargets = (): Targets => readTargets(readFileSync(FILE, "utf8"));

/** Throws an Error that names what cannot be used: a target that is misread would be one that is never missed. */
export function readTargets(text: string): Targets {
  const targets: unknown = JSON.parse(text);
  if (typeof targets !== "object" || targets === null || Array.isArray(targets))
    throw new Error("targets: not an object");
  return Object.fromEntries(Object.entries(targets).map(([name, target]) => [name, readTarget(name, target)]));
}

function readTarget(name: string, target: unknown): Target {
  if (!NAME.test(name)) throw new Error(`targets: ${JSON.stringify(name)} is no name of a ratio`);
  const members = typeof target === "object" && target !== null ? Object.entries(target) : [];
  const [[bound, value] = []] = members;
  if (members.length !== 1 || typeof value !== "number" || !(value > 0 && Number.isFinite(value)))
    throw new Error(`targets: ${name} wants one bound, a number over 0`);
  if (bound === "atLeast") return { atLeast: value };
  if (bound === "atMost") return { atMost: value };
  throw new Error(`targets: ${name} wants "atLeast" or "atMost"`);
}
