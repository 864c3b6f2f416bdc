import { describe, expect, test } from "vitest";
import { readSettings } from "../strict-settings.ts";
import { readRequest, renderRequest, REQUEST_MEMBERS } from "./request-template.ts";
import { type Asking, type Question, valuesOf } from "./template.ts";
import { codeOf, lookup, match, NUMBER, RESOURCE } from "./test-questions.ts";

const BASE = new URL("https://source.example/api/");
const ONE_KEY = { ...RESOURCE, keys: [["certificateNumber"]] };

const read = (request: unknown, resource = RESOURCE, asking: Asking = "lookup") =>
  readRequest(readSettings(request, "settings.request", REQUEST_MEMBERS), resource, asking);

const rendered = (request: unknown, question: Question = lookup(), resource = RESOURCE) =>
  renderRequest(read(request, resource, "claims" in question ? "match" : "lookup"), BASE, valuesOf(question));

const BOTH_KEYS = { query: { number: "{keys.certificateNumber}", unit: "{keys.unitNumber}" } };

describe("what is sent", () => {
  test("a value is part of its segment of the path", () => {
    const { url, method } = rendered({ path: "/licences/{keys.certificateNumber}/state" }, lookup(), ONE_KEY);
    expect(method).toBe("GET");
    expect(url.origin).toBe("https://source.example");
    expect(decodeURIComponent(url.pathname)).toBe(`/api/licences/${NUMBER}/state`);
  });

  test("what the question does not have is left out of the query", () => {
    const { url } = rendered({ path: "/find", ...BOTH_KEYS });
    expect([...url.searchParams]).toEqual([["number", NUMBER]]);
    const unit = rendered(
      { path: "/find", ...BOTH_KEYS },
      lookup({ keys: { unitNumber: "440106001001GB00001F00010001" } }),
    );
    expect([...unit.url.searchParams]).toEqual([["unit", "440106001001GB00001F00010001"]]);
  });

  test.each(["a&admin=1", "a=b", "a#b", "a+b c", "a%26b", "名 字"])(
    "a value %j stays a value in the query",
    (value) => {
      const { url } = rendered({ path: "/find", ...BOTH_KEYS }, lookup({ keys: { certificateNumber: value } }));
      expect([...url.searchParams]).toEqual([["number", value]]);
      expect(url.hash).toBe("");
    },
  );

  test("headers hold the purpose, encoded", () => {
    const { headers } = rendered({
      path: "/find",
      ...BOTH_KEYS,
      headers: { "X-Case": "case {purpose.caseNumber}", "X-Item": "{purpose.itemName}", "X-Unit": "{keys.unitNumber}" },
    });
    expect(headers).toEqual({
      "x-case": "case GZ-2026-000001",
      "x-item": encodeURIComponent("国有建设用地使用权及房屋所有权登记"),
    });
  });

  test("values are texts of their own in the body, never syntax", () => {
    const keys = { certificateNumber: 'x","admin":true,"y":"' };
    const request = {
      method: "POST",
      path: "/find",
      body: {
        number: "{keys.certificateNumber}",
        unit: "{keys.unitNumber}",
        wanted: "{fields}",
        text: "{region}: {fields}",
        braces: "{{literal}}",
        list: ["{region}", "{keys.unitNumber}", 1, true, null],
        nested: { __proto__x: "{exchange}" },
      },
    };
    const { body = "", headers } = rendered(request, lookup({ keys }));
    expect(headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(JSON.parse(body)).toEqual({
      number: keys.certificateNumber,
      wanted: ["holderName", "area"],
      text: "440100: holderName,area",
      braces: "{literal}",
      list: ["440100", 1, true, null],
      nested: { __proto__x: lookup().exchange },
    });
  });

  test("claims that are not made are not sent", () => {
    const body = {
      number: "{keys.certificateNumber}",
      unit: "{keys.unitNumber}",
      name: "{claims.holderName}",
      area: "{claims.area}",
    };
    const request = { method: "POST", path: "/match", body };
    const sent: unknown = JSON.parse(rendered(request, match()).body ?? "");
    expect(sent).toEqual({ number: NUMBER, name: "张三" });
  });
});

describe("a value that would change the path", () => {
  const PATH = { path: "/licences/{keys.certificateNumber}" };

  test.each(["..", ".", "../admin", "a/b", "a\\b", "/", "a?b", "a#b", "%2e%2e", "..%2fadmin", "..;", "a;b=c", ""])(
    "%j is not sent",
    async (value) => {
      const question = lookup({ keys: { certificateNumber: value } });
      expect(await codeOf(() => rendered(PATH, question, ONE_KEY))).toBe("SOURCE_ADDRESS");
    },
  );

  test.each([".", "e", "%2e"])("nor one that makes dots with what stands beside it (%j)", async (value) => {
    const question = lookup({ keys: { certificateNumber: value } });
    const code = await codeOf(() => rendered({ path: "/a/.{keys.certificateNumber}" }, question, ONE_KEY));
    expect(code).toBe(value === "e" ? "none" : "SOURCE_ADDRESS");
  });

  test.each(["a\r\nx-admin: 1", "a\u0000b", "a\u0085b", "\ud800"])("%j is not sent anywhere", async (value) => {
    const question = lookup({ keys: { certificateNumber: value } });
    for (const request of [PATH, { path: "/x", query: { n: "{keys.certificateNumber}" } }]) {
      expect(await codeOf(() => rendered(request, question, ONE_KEY))).toBe("SOURCE_ADDRESS");
    }
  });

  test("whatever could mean something is encoded", () => {
    const question = lookup({ keys: { certificateNumber: "a+b &c=d:e@f" } });
    expect(rendered(PATH, question, ONE_KEY).url.pathname).toBe("/api/licences/a%2Bb%20%26c%3Dd%3Ae%40f");
  });

  test("dots within a value are no harm", () => {
    const question = lookup({ keys: { certificateNumber: "C..4400.2024" } });
    expect(rendered(PATH, question, ONE_KEY).url.pathname).toBe("/api/licences/C..4400.2024");
  });
});

describe("settings", () => {
  test.each([
    ["a placeholder nobody knows", { path: "/x", query: { a: "{keys.certificateNumber}{keys.name}" } }, "{keys.name}"],
    ["a key that is no key", { path: "/x", query: { a: "{keys.holderName}" } }, "{keys.holderName}"],
    ["a claim in a lookup", { path: "/x", query: { a: "{claims.holderName}" } }, "{claims.holderName}"],
    ["a secret", { path: "/x", query: { a: "{secret.token}" } }, "{secret.token}"],
    ["an empty placeholder", { path: "/x{}" }, "settings.request.path"],
    ["a lone brace", { path: "/x", query: { a: "{keys.certificateNumber" } }, "settings.request.query.a"],
    ["a lone closing brace", { path: "/x", query: { a: "a}" } }, "settings.request.query.a"],
    ["a path without a slash", { path: "x", ...BOTH_KEYS }, "settings.request.path"],
    ["a path with a query", { path: "/x?a=b", ...BOTH_KEYS }, "settings.request.path"],
    ["a path with a fragment", { path: "/x#a", ...BOTH_KEYS }, "settings.request.path"],
    ["a path with dots", { path: "/x/../y", ...BOTH_KEYS }, "settings.request.path"],
    ["a path with encoded dots", { path: "/x/%2E./y", ...BOTH_KEYS }, "settings.request.path"],
    ["a path with a blank", { path: "/x y", ...BOTH_KEYS }, "settings.request.path"],
    [
      "a key in the path that not every question has",
      { path: "/x/{keys.certificateNumber}", ...BOTH_KEYS },
      "not every question",
    ],
    ["no key at all", { path: "/x" }, "must send the key"],
    ["only one of two sets of keys", { path: "/x", query: { a: "{keys.certificateNumber}" } }, "{keys.unitNumber}"],
    ["a body with GET", { path: "/x", ...BOTH_KEYS, body: {} }, "settings.request.body"],
    ["a body that is a text", { method: "POST", path: "/x", ...BOTH_KEYS, body: "{region}" }, "settings.request.body"],
    ["another method", { method: "DELETE", path: "/x", ...BOTH_KEYS }, "settings.request.method"],
    [
      "a header of the connection",
      { path: "/x", ...BOTH_KEYS, headers: { Host: "a" } },
      "settings.request.headers.Host",
    ],
    ["an encoding", { path: "/x", ...BOTH_KEYS, headers: { "accept-encoding": "gzip" } }, "accept-encoding"],
    ["credentials in a header", { path: "/x", ...BOTH_KEYS, headers: { Authorization: "x" } }, "Authorization"],
    ["a header with blanks", { path: "/x", ...BOTH_KEYS, headers: { "x y": "x" } }, "x y"],
    ["a header in Chinese", { path: "/x", ...BOTH_KEYS, headers: { x: "省" } }, "settings.request.headers.x"],
    ["an unknown member", { path: "/x", ...BOTH_KEYS, form: {} }, "settings.request.form"],
  ])("%s is refused by name", (_what, request, named) => {
    expect(() => read(request)).toThrow(expect.objectContaining({ name: "SettingsError" }) as Error);
    expect(() => read(request)).toThrow(named);
  });

  test("a body too deep is refused", () => {
    let body: unknown = { a: "{keys.certificateNumber}" };
    for (let level = 0; level < 20; level++) body = [body];
    expect(() => read({ method: "POST", path: "/x", body }, ONE_KEY)).toThrow("too many levels");
  });
});
