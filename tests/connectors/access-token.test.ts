import { afterEach, describe, expect, test } from "vitest";
import { codeOf, lookup, NOW } from "#connectors/json/test-questions.ts";
import type { Source } from "#connectors/source.ts";
import { Closing } from "./closing.ts";
import { options, type Seen, sourceAt, startDepartment, toldBy, WHOLE } from "./department.ts";
import { answerJson, startSource } from "./source-server.ts";

const closing = new Closing();
afterEach(closing.close);
const fetchCode = (source: Source, question = lookup()) => codeOf(() => source.fetch(question, options));

describe("an access token", () => {
  const AUTH = {
    kind: "oauth2-client-credentials",
    clientId: "tong yan",
    secret: "gd-secret",
    scope: "read:certificate",
  };
  const secrets = { "gd-secret": "p@ss:word/+" };

  type TokenService = {
    readonly answer: (asked: number) => unknown;
    readonly accepts?: (token: string) => boolean;
    readonly status?: number;
  };

  /** A service with its token service: counts what each was asked. */
  async function departmentWithTokens({ answer, accepts = () => true, status = 200 }: TokenService) {
    const tokens: Seen[] = [];
    const calls: string[] = [];
    const { url } = await startDepartment(closing, (one, response) => {
      if (one.url.pathname === "/token") {
        tokens.push(one);
        answerJson(response, answer(tokens.length), status);
        return;
      }
      const token = one.headers.authorization?.replace("Bearer ", "") ?? "";
      calls.push(token);
      if (accepts(token)) answerJson(response, WHOLE);
      else answerJson(response, { error: "invalid_token" }, 401);
    });
    let now = NOW;
    const at = (more: object = {}) =>
      sourceAt(closing, url, {
        settings: { auth: { ...AUTH, tokenUrl: `${url}/token`, ...more } },
        secrets,
        clock: () => now,
      });
    return { at, tokens, calls, pass: (ms: number) => (now += ms) };
  }
  const numbered = (life: unknown) => (asked: number) => ({
    access_token: `t-${asked}`,
    token_type: "Bearer",
    expires_in: life,
  });

  test.each([
    ["basic", `Basic ${Buffer.from("tong+yan:p%40ss%3Aword%2F%2B").toString("base64")}`, {}],
    ["post", undefined, { client_id: "tong yan", client_secret: "p@ss:word/+" }],
  ])("is asked for in the style %s", async (style, authorization, form) => {
    const { at, tokens, calls } = await departmentWithTokens({ answer: numbered(3600) });
    expect(await fetchCode(at({ style }))).toBe("none");
    expect(tokens[0]?.headers.authorization).toBe(authorization);
    expect(tokens[0]?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect(Object.fromEntries(new URLSearchParams(tokens[0]?.body))).toEqual({
      grant_type: "client_credentials",
      scope: "read:certificate",
      ...form,
    });
    expect(calls).toEqual(["t-1"]);
  });

  test.each([
    [3600, 3_539_000],
    ["3600", 3_539_000],
    [100, 79_000],
    [undefined, 239_000],
  ])("of life %j is used until shortly before its end", async (life, stillGood) => {
    const { at, tokens, calls, pass } = await departmentWithTokens({ answer: numbered(life) });
    const source = at();
    await source.fetch(lookup(), options);
    pass(stillGood);
    await source.fetch(lookup(), options);
    expect(tokens.length).toBe(1);
    pass(1000);
    await source.fetch(lookup(), options);
    expect(calls).toEqual(["t-1", "t-1", "t-2"]);
  });

  test("is fetched once for questions that come together", async () => {
    const { at, tokens, calls } = await departmentWithTokens({ answer: numbered(3600) });
    const source = at();
    const questions = ["holderName", "area", "holderCode"].map((field) => lookup({ fields: [field] }));
    await Promise.all(questions.map((question) => source.fetch(question, options)));
    expect([tokens.length, calls]).toEqual([1, ["t-1", "t-1", "t-1"]]);
  });

  test("that is refused is fetched anew, once", async () => {
    const { at, tokens, calls } = await departmentWithTokens({
      answer: numbered(3600),
      accepts: (token) => token !== "t-1",
    });
    const source = at();
    expect(await fetchCode(source)).toBe("none");
    expect(await fetchCode(source)).toBe("none");
    expect([tokens.length, calls]).toEqual([2, ["t-1", "t-2", "t-2"]]);
  });

  test("that is refused again is a refusal", async () => {
    const { at, tokens, calls } = await departmentWithTokens({ answer: numbered(3600), accepts: () => false });
    expect(await fetchCode(at())).toBe("SOURCE_REFUSED");
    expect([tokens.length, calls]).toEqual([2, ["t-1", "t-2"]]);
  });

  test.each<[string, unknown, number, string]>([
    ["400", { error: "invalid_client" }, 400, "SOURCE_REFUSED"],
    ["401", { error: "invalid_client" }, 401, "SOURCE_REFUSED"],
    ["500", {}, 500, "SOURCE_FAILED"],
    ["404", {}, 404, "SOURCE_MALFORMED"],
    ["302", {}, 302, "SOURCE_REDIRECTED"],
    ["no token", { token_type: "Bearer" }, 200, "SOURCE_MALFORMED"],
    ["a token of two lines", { access_token: "a\r\nx: y" }, 200, "SOURCE_MALFORMED"],
    ["a token that is an object", { access_token: {} }, 200, "SOURCE_MALFORMED"],
    ["a token of another type", { access_token: "a", token_type: "mac" }, 200, "SOURCE_MALFORMED"],
    ["a life that is none", { access_token: "a", expires_in: "soon" }, 200, "SOURCE_MALFORMED"],
    ["a life below zero", { access_token: "a", expires_in: -1 }, 200, "SOURCE_MALFORMED"],
  ])("service that answers %s", async (_what, body, status, code) => {
    const { at, calls } = await departmentWithTokens({ answer: () => body, status });
    expect(await fetchCode(at())).toBe(code);
    expect(calls).toEqual([]);
  });

  test("service that is not there", async () => {
    const gone = await startSource(() => undefined);
    await gone.close();
    const { at } = await departmentWithTokens({ answer: numbered(3600) });
    expect(await fetchCode(at({ tokenUrl: `${gone.url}/token` }))).toBe("SOURCE_UNAVAILABLE");
  });

  test("never stands in an error", async () => {
    const { at } = await departmentWithTokens({ answer: numbered(3600), accepts: () => false });
    const told = await toldBy(at().fetch(lookup(), options));
    expect(told).toContain("SOURCE_REFUSED");
    expect(told).not.toContain("t-2");
    expect(told).not.toContain("p@ss");
  });
});
