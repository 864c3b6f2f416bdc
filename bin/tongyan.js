#!/usr/bin/env node
// Runs gateway/main.ts on the Node that this package brings along, since the machine's own may be too old for it.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NEEDED = 26;
const main = fileURLToPath(new URL("../gateway/main.ts", import.meta.url));

if (Number.parseInt(process.versions.node, 10) >= NEEDED) {
  process.argv[1] = main;
  await import("../gateway/main.ts");
} else {
  const node = join(dirname(createRequire(import.meta.url).resolve("node/package.json")), "bin", "node");
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? (signal === "SIGINT" ? 130 : 143);
  });
  child.on("error", () => {
    process.stderr.write("tongyan: its Node is not installed; run npm ci\n");
    process.exitCode = 1;
  });
}
