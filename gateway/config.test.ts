import { describe, expect, test } from "vitest";
import { ConfigError, readConfig } from "./config.ts";

test("an empty environment is the demo profile on this machine only", () => {
  expect(readConfig({ PATH: "/bin" })).toMatchObject({
    listen: { host: "127.0.0.1", port: 8080 },
    access: "loopback",
    dataDirectory: "data",
    trust: { kind: "demo" },
    verification: { policy: "gb-t-38540", maxBytes: 134_217_728, timeBudget: 10_000 },
    logLevel: "info",
  });
});

test("every variable is taken over", () => {
  const config = readConfig({
    TONGYAN_HOST: "0.0.0.0",
    TONGYAN_PORT: "0",
    TONGYAN_DATA: "/var/lib/tongyan",
    TONGYAN_TRUST: "/etc/tongyan/trust",
    TONGYAN_MAX_BYTES: "1048576",
    TONGYAN_WORKERS: "3",
    TONGYAN_TIME_BUDGET_MS: "500",
    TONGYAN_ACCESS: "open",
    TONGYAN_LOG_LEVEL: "warn",
    TONGYAN_POLICY: "strict",
  });
  expect(config).toEqual({
    listen: { host: "0.0.0.0", port: 0 },
    access: "open",
    dataDirectory: "/var/lib/tongyan",
    trust: { kind: "directory", directory: "/etc/tongyan/trust" },
    verification: { policy: "strict", maxBytes: 1_048_576, workers: 3, timeBudget: 500 },
    logLevel: "warn",
  });
});

describe("a bad value stops, and names the variable", () => {
  test.each([
    ["TONGYAN_PORT", "65536"],
    ["TONGYAN_PORT", "80 "],
    ["TONGYAN_PORT", "-1"],
    ["TONGYAN_PORT", "0x50"],
    ["TONGYAN_PORT", ""],
    ["TONGYAN_MAX_BYTES", "1e9"],
    ["TONGYAN_MAX_BYTES", "0"],
    ["TONGYAN_WORKERS", "0"],
    ["TONGYAN_WORKERS", "many"],
    ["TONGYAN_TIME_BUDGET_MS", "1"],
    ["TONGYAN_ACCESS", "Open"],
    ["TONGYAN_LOG_LEVEL", "verbose"],
    ["TONGYAN_POLICY", "lax"],
    ["TONGYAN_POLICY", "__proto__"],
    ["TONGYAN_TRUST", " "],
    ["TONGYAN_DATA", ""],
    ["TONGYAN_TRSUT", "/etc/tongyan/trust"],
  ])("%s=%s", (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(ConfigError);
    expect(() => readConfig({ [name]: value })).toThrow(new RegExp(name));
  });
});
