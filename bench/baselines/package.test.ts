import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

type Manifest = { readonly dependencies: Readonly<Record<string, string>> };
const manifestIn = (directory: string): Manifest =>
  JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;

const here = import.meta.dirname;
const { dependencies } = manifestIn(here);

test("baselines name what they need, in the versions that are installed for the gateway", () => {
  const { dependencies: installed } = manifestIn(join(here, "../.."));
  expect(Object.entries(dependencies).filter(([name, version]) => installed[name] !== version)).toEqual([]);
});

test("baselines import nothing of the gateway, nor of the bench", () => {
  const files = readdirSync(here).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  const imported = files.flatMap((name) =>
    [...readFileSync(join(here, name), "utf8").matchAll(/from "([^"]+)"/g)].map(([, specifier = ""]) => specifier),
  );
  const known = (specifier: string): boolean =>
    specifier.startsWith("node:") || /^\.\/[\w-]+\.ts$/.test(specifier) || Object.hasOwn(dependencies, specifier);
  expect(imported.length).toBeGreaterThan(10);
  expect(imported.filter((specifier) => !known(specifier))).toEqual([]);
});
