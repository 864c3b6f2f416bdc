import { isScenarioName, SCENARIOS } from "./catalogue.ts";
import type { Circumstances } from "./finding.ts";

/** Run by run-scenario.ts in a process of its own with NAME and circumstances: sends what the scenario found. */
const [name = "", circumstances = ""] = process.argv.slice(2);
if (!isScenarioName(name)) throw new Error(`no scenario is ${name}`);
process.once("disconnect", () => process.exit(1));
const finding = await SCENARIOS[name].run(JSON.parse(circumstances) as Circumstances);
process.send?.(finding, () => process.exit());
