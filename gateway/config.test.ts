import { describe, expect, test } from "vitest";
import { ConfigError, readConfig, readSecrets } from "./config.ts";

test("an empty environment is the demo profile on this machine only", () => {
  expect(readConfig({ PATH: "/bin" })).toMatchObject({
    listen: { host: "127.0.0.1", port: 8080 },
    access: "loopback",
    dataDirectory: "data",
    trust: { kind: "demo" },
    verification: { policy: "gb-t-38540", maxBytes: 134_217_728, timeBudget: 10_000 },
    logLevel: "info",
    issuer: "http://127.0.0.1:8080",
    tls: null,
    policies: null,
    seed: null,
    redis: null,
    log: { origin: null },
    retention: { days: 1096 },
    trailRules: null,
    alerts: { file: null, webhook: null },
  });
  expect(readSecrets({ PATH: "/bin" })).toEqual({ redisUrl: null, alertWebhook: null });
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
    TONGYAN_ISSUER: "https://gateway.example",
    TONGYAN_LOG_ORIGIN: "gateway.example/log",
    TONGYAN_POLICIES: "/etc/tongyan/policies",
    TONGYAN_SEED: "/etc/tongyan/seed.json",
    TONGYAN_TLS_CERT: "/etc/tongyan/chain.pem",
    TONGYAN_TLS_KEY: "/etc/tongyan/key.pem",
    TONGYAN_TLS_CLIENT_CA: "/etc/tongyan/clients.pem",
    REDIS_URL: "rediss://tongyan:MARK-password@redis.example:6380/2",
    TONGYAN_WITNESSES: "/etc/tongyan/witnesses",
    TONGYAN_RETENTION: "3653",
    TONGYAN_TRAIL_RULES: "/etc/tongyan/trail.json",
    TONGYAN_ALERTS: "/etc/tongyan/alerts.json",
    TONGYAN_ALERT_WEBHOOK: "https://duty.example/hooks/MARK?key=MARK",
  });
  expect(config).toEqual({
    listen: { host: "0.0.0.0", port: 0 },
    access: "open",
    dataDirectory: "/var/lib/tongyan",
    trust: { kind: "directory", directory: "/etc/tongyan/trust" },
    verification: { policy: "strict", maxBytes: 1_048_576, workers: 3, timeBudget: 500 },
    logLevel: "warn",
    issuer: "https://gateway.example",
    log: { origin: "gateway.example/log" },
    tls: { cert: "/etc/tongyan/chain.pem", key: "/etc/tongyan/key.pem", clientCa: "/etc/tongyan/clients.pem" },
    policies: "/etc/tongyan/policies",
    seed: "/etc/tongyan/seed.json",
    redis: { host: "redis.example", port: 6380, tls: true },
    witnesses: "/etc/tongyan/witnesses",
    retention: { days: 3653 },
    trailRules: "/etc/tongyan/trail.json",
    alerts: { file: "/etc/tongyan/alerts.json", webhook: { origin: "https://duty.example" } },
  });
  expect(JSON.stringify(config)).not.toContain("MARK");
});

describe("Redis", () => {
  test.each([
    ["redis://10.0.0.7", { host: "10.0.0.7", port: 6379, tls: false }],
    ["redis://:MARK@redis.example/", { host: "redis.example", port: 6379, tls: false }],
    ["rediss://[::1]:7000/3", { host: "[::1]", port: 7000, tls: true }],
  ])("%s: its address may be printed, the whole is a secret", (url, redis) => {
    const config = readConfig({ REDIS_URL: url });
    expect(config.redis).toEqual(redis);
    expect(JSON.stringify(config)).not.toContain("MARK");
    expect(readSecrets({ REDIS_URL: url })).toMatchObject({ redisUrl: new URL(url).href });
  });

  test.each([
    "",
    "MARK",
    "http://MARK@redis.example",
    "redis://",
    "redis:///1",
    "redis://MARK@redis.example/one",
    "redis://redis.example/0/MARK",
    "redis://redis.example?password=MARK",
    "redis.example:6379",
  ])("REDIS_URL=%s is refused, and not repeated", (url) => {
    for (const read of [readConfig, readSecrets]) {
      expect(() => read({ REDIS_URL: url })).toThrow(ConfigError);
      expect(() => read({ REDIS_URL: url })).toThrow(/^REDIS_URL(?!.*MARK)/);
    }
  });
});

describe("the webhook of alerts", () => {
  test("is a secret, but for its origin", () => {
    const environment = { TONGYAN_ALERT_WEBHOOK: "http://10.0.0.9:9000/MARK?MARK=1" };
    expect(readConfig(environment).alerts.webhook).toEqual({ origin: "http://10.0.0.9:9000" });
    expect(readSecrets(environment).alertWebhook).toBe("http://10.0.0.9:9000/MARK?MARK=1");
  });

  test.each([
    "",
    "MARK",
    "duty.example/MARK",
    "ftp://duty.example/MARK",
    "https://user@duty.example/MARK",
    "https://user:MARK@duty.example/",
    "https://duty.example/#MARK",
    "javascript:MARK",
    "http://",
  ])("TONGYAN_ALERT_WEBHOOK=%s is refused, and not repeated", (url) => {
    for (const read of [readConfig, readSecrets]) {
      expect(() => read({ TONGYAN_ALERT_WEBHOOK: url })).toThrow(ConfigError);
      expect(() => read({ TONGYAN_ALERT_WEBHOOK: url })).toThrow(/^TONGYAN_ALERT_WEBHOOK(?!.*MARK)/);
    }
  });
});

describe("the gateway's own name, when none is given", () => {
  const TLS = { TONGYAN_TLS_CERT: "c.pem", TONGYAN_TLS_KEY: "k.pem" };
  test.each<[Record<string, string>, string]>([
    [{ TONGYAN_PORT: "9000" }, "http://127.0.0.1:9000"],
    [{ TONGYAN_HOST: "0.0.0.0" }, "http://localhost:8080"],
    [{ TONGYAN_HOST: "::" }, "http://localhost:8080"],
    [{ TONGYAN_HOST: "::1" }, "http://[::1]:8080"],
    [{ TONGYAN_HOST: "gateway.example", TONGYAN_PORT: "80" }, "http://gateway.example"],
    [{ ...TLS, TONGYAN_PORT: "8443" }, "https://127.0.0.1:8443"],
    [{ ...TLS, TONGYAN_PORT: "443" }, "https://127.0.0.1"],
  ])("%o", (environment, issuer) => expect(readConfig(environment).issuer).toBe(issuer));
});

describe("TLS", () => {
  test("needs certificate and key, client certificates are optional", () => {
    const pair = { TONGYAN_TLS_CERT: "c.pem", TONGYAN_TLS_KEY: "k.pem" };
    expect(readConfig(pair).tls).toEqual({ cert: "c.pem", key: "k.pem", clientCa: null });
  });
  test.each<[Record<string, string>, string]>([
    [{ TONGYAN_TLS_CERT: "c.pem" }, "TONGYAN_TLS_KEY is missing"],
    [{ TONGYAN_TLS_KEY: "k.pem" }, "TONGYAN_TLS_CERT is missing"],
    [{ TONGYAN_TLS_CLIENT_CA: "a.pem" }, "TONGYAN_TLS_CERT is missing"],
    [{ TONGYAN_TLS_CERT: "c.pem", TONGYAN_TLS_CLIENT_CA: "a.pem" }, "TONGYAN_TLS_KEY is missing"],
  ])("%o: %s", (environment, message) => {
    expect(() => readConfig(environment)).toThrow(ConfigError);
    expect(() => readConfig(environment)).toThrow(message);
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
    ["TONGYAN_REDIS_URL", "redis://redis.example"],
    ["TONGYAN_POLICIES", ""],
    ["TONGYAN_SEED", " "],
    ["TONGYAN_ALERTS", ""],
    ["TONGYAN_TRAIL_RULES", ""],
    ["TONGYAN_RETENTION", "1095"],
    ["TONGYAN_RETENTION", "3 years"],
    ["TONGYAN_TLS_CERT", ""],
    ["TONGYAN_ISSUER", "gateway.example"],
    ["TONGYAN_ISSUER", "https://gateway.example/"],
    ["TONGYAN_ISSUER", "https://gateway.example/tongyan"],
    ["TONGYAN_ISSUER", "https://user@gateway.example"],
    ["TONGYAN_ISSUER", "https://gateway.example?x=1"],
    ["TONGYAN_ISSUER", "https://GATEWAY.example"],
    ["TONGYAN_ISSUER", "https://gateway.example:443"],
    ["TONGYAN_ISSUER", "ftp://gateway.example"],
    ["TONGYAN_LOG_ORIGIN", "gateway.example/log 1"],
    ["TONGYAN_LOG_ORIGIN", "gateway.example+log"],
    ["TONGYAN_LOG_ORIGIN", "网关/log"],
    ["TONGYAN_LOG_ORIGIN", "x".repeat(201)],
  ])("%s=%s", (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(ConfigError);
    expect(() => readConfig({ [name]: value })).toThrow(new RegExp(name));
  });
});
