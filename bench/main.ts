/** `npm run bench -- SCENARIO`: measures on this machine, checks every answer, prints ratios taken in one run. */
const scenarios = { verify: "./verify.ts", lookup: "./lookup.ts", match: "./match.ts", log: "./log.ts" } as const;
const [name = ""] = process.argv.slice(2);

if (!Object.hasOwn(scenarios, name)) {
  process.stderr.write(`usage: npm run bench -- ${Object.keys(scenarios).join(" | ")}\n`);
  process.exit(64);
}
const { run } = (await import(scenarios[name as keyof typeof scenarios])) as { run: () => Promise<void> };
await run();
