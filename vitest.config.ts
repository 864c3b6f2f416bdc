import { defineConfig } from "vitest/config";
import { ClosingLine } from "./tests/closing-line.ts";

export default defineConfig({
  test: {
    include: ["{gateway,certs,connectors,policies,tests,bench}/**/*.test.ts"],
    reporters: ["default", new ClosingLine()],
    pool: "forks",
    maxWorkers: "100%",
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
