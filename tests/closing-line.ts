import type { Reporter, TestModule } from "vitest/node";

/** Prints one plain closing line. With CI=true a skipped test is a failure: there, nothing may be missing. */
export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules)
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed" || state === "failed") count[state]++;
        else count.skipped++;
      }
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
    if (process.env["CI"] === "true" && count.skipped > 0) {
      process.stdout.write("CI: a skipped test counts as a failure\n");
      process.exitCode = 1;
    }
  }
}
