import { describe, expect, test } from "vitest";
import { RESOURCE } from "../json/test-questions.ts";
import { checkHttpJsonSettings } from "./settings.ts";

const REQUEST = { path: "/find", query: { number: "{keys.certificateNumber}", unit: "{keys.unitNumber}" } };
const ANSWER = { fields: { certificateNumber: "/number", unitNumber: "/unit" } };
const WHOLE = { kind: "http-json", baseUrl: "https://source.example/api", request: REQUEST, answer: ANSWER };
const MATCH = { request: REQUEST, answer: { claims: { holderName: "/name" } } };
const check = (settings: unknown) => checkHttpJsonSettings(settings, RESOURCE);

describe("settings that fit", () => {
  test("the least there can be", () => {
    expect(check(WHOLE)).toMatchObject({
      kind: "http-json",
      auth: { kind: "none" },
      match: null,
      healthPath: null,
      reach: { allowed: [], ca: null },
      bounds: { deadline: 5000 },
    });
  });

  test("a source that only compares", () => {
    const { request: _request, answer: _answer, ...rest } = WHOLE;
    expect(check({ ...rest, match: MATCH })).toMatchObject({ lookup: null });
    expect(check({ ...WHOLE, match: MATCH }).lookup).not.toBeNull();
  });

  test.each([
    [{ kind: "none" }],
    [{ kind: "api-key", header: "X-Api-Key", secret: "key" }],
    [{ kind: "api-key", header: "authorization", secret: "key", prefix: "APPCODE " }],
    [{ kind: "mtls", certificate: "cert", key: "key" }],
    [{ kind: "oauth2-client-credentials", tokenUrl: "https://login.example/token", clientId: "c", secret: "s" }],
    [
      {
        kind: "oauth2-client-credentials",
        tokenUrl: "https://login.example/token",
        clientId: "c",
        secret: "s",
        scope: "a b",
        style: "post",
      },
    ],
  ])("auth %j", (auth) => {
    expect(check({ ...WHOLE, auth }).auth.kind).toBe(auth.kind);
  });
});

describe("settings that do not", () => {
  const oauth = {
    kind: "oauth2-client-credentials",
    tokenUrl: "https://login.example/token",
    clientId: "c",
    secret: "s",
  };

  test.each<[string, unknown, string]>([
    ["nothing", undefined, "settings is missing"],
    ["a text", "http-json", "settings must be an object"],
    ["an unknown member", { ...WHOLE, followRedirects: true }, "settings.followRedirects"],
    ["TLS without verification", { ...WHOLE, rejectUnauthorized: false }, "settings.rejectUnauthorized"],
    ["another kind", { ...WHOLE, kind: "national" }, "settings.kind"],
    ["no base", { ...WHOLE, baseUrl: undefined }, "settings.baseUrl"],
    ["a base inside", { ...WHOLE, baseUrl: "https://127.0.0.1/" }, "settings.baseUrl"],
    ["a base in plain http", { ...WHOLE, baseUrl: "http://source.example/" }, "settings.baseUrl"],
    ["a network that is none", { ...WHOLE, allowNetworks: ["everywhere"] }, "settings.allowNetworks[0]"],
    ["a request without an answer", { ...WHOLE, answer: undefined }, "settings.answer"],
    ["neither lookup nor match", { kind: "http-json", baseUrl: WHOLE.baseUrl }, "settings.request"],
    ["a match without claims", { ...WHOLE, match: { request: REQUEST, answer: {} } }, "settings.match.answer.claims"],
    ["a match that sends no key", { ...WHOLE, match: { ...MATCH, request: { path: "/x" } } }, "settings.match.request"],
    ["a path of health elsewhere", { ...WHOLE, healthPath: "https://other.example/" }, "settings.healthPath"],
    ["bounds without an end", { ...WHOLE, bounds: { deadlineMs: 1e9 } }, "settings.bounds.deadlineMs"],
    ["auth of a kind nobody knows", { ...WHOLE, auth: { kind: "basic" } }, "settings.auth.kind"],
    ["auth with a member of another kind", { ...WHOLE, auth: { kind: "none", secret: "x" } }, "settings.auth.secret"],
    ["auth without its secret", { ...WHOLE, auth: { kind: "api-key", header: "x" } }, "settings.auth.secret"],
    [
      "a key in the host header",
      { ...WHOLE, auth: { kind: "api-key", header: "Host", secret: "x" } },
      "settings.auth.header",
    ],
    [
      "a header of two lines",
      { ...WHOLE, auth: { kind: "api-key", header: "x\r\ny", secret: "x" } },
      "settings.auth.header",
    ],
    [
      "a token service inside",
      { ...WHOLE, auth: { ...oauth, tokenUrl: "https://10.0.0.1/" } },
      "settings.auth.tokenUrl",
    ],
    ["an unknown style", { ...WHOLE, auth: { ...oauth, style: "query" } }, "settings.auth.style"],
    ["mTLS without a key", { ...WHOLE, auth: { kind: "mtls", certificate: "x" } }, "settings.auth.key"],
  ])("%s is refused by name", (_what, settings, named) => {
    const given: unknown = JSON.parse(JSON.stringify(settings ?? null)) ?? undefined;
    expect(() => check(given)).toThrow(expect.objectContaining({ name: "SettingsError" }) as Error);
    expect(() => check(given)).toThrow(named);
  });
});
