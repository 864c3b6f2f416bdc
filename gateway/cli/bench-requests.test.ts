import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { LoadRequest } from "#bench/load/load.ts";
import { parseBenchArguments } from "./bench-arguments.ts";
import { benchRequests } from "./bench-requests.ts";
import { CommandError } from "./outcome.ts";

const home = mkdtempSync(join(tmpdir(), "tongyan-bench-requests-"));
afterAll(() => rmSync(home, { recursive: true }));
mkdirSync(join(home, "files"));
writeFileSync(join(home, "files", "a.ofd"), "PK\u0003\u0004");

function read(text: string, more: readonly string[] = []): readonly LoadRequest[] {
  const file = join(home, "requests.ndjson");
  writeFileSync(file, text);
  const asked = parseBenchArguments(["--requests", file, ...more], { TONGYAN_DATA: home });
  if (asked === "help") throw new Error("help");
  return benchRequests(asked);
}

function refusalOf(work: () => unknown): { readonly exit: number; readonly message: string } {
  try {
    work();
  } catch (error) {
    if (error instanceof CommandError) return error;
  }
  throw new Error("it was not refused");
}

test("a line is a request, with what is usual where it says nothing", () => {
  const lines = [
    { path: "/health/live" },
    { path: "/v1/lookups", body: { a: 1 }, expect: { contains: ["FOUND"], lacks: ["张三"] } },
    { path: "/v1/verifications?x=1", bodyFile: "files/a.ofd", expect: { members: { "/verdict": "PASSED" } } },
    {
      method: "POST",
      path: "/x",
      body: "a=b",
      contentType: "application/x-www-form-urlencoded",
      expect: { status: 422 },
    },
  ];
  const text = `${lines.map((line) => JSON.stringify(line)).join("\n")}\n\n`;
  const nothing = { status: 200, contains: [], lacks: [] };
  const ofd = Buffer.from("PK\u0003\u0004");
  expect(read(text)).toEqual([
    { method: "GET", path: "/health/live", as: null, contentType: null, body: null, expect: nothing },
    {
      method: "POST",
      path: "/v1/lookups",
      as: null,
      contentType: "application/json",
      body: '{"a":1}',
      expect: { status: 200, contains: ["FOUND"], lacks: ["张三"] },
    },
    {
      method: "POST",
      path: "/v1/verifications?x=1",
      as: null,
      contentType: "application/ofd",
      body: ofd,
      expect: { ...nothing, members: { "/verdict": "PASSED" } },
    },
    {
      method: "POST",
      path: "/x",
      as: null,
      contentType: "application/x-www-form-urlencoded",
      body: "a=b",
      expect: { ...nothing, status: 422 },
    },
  ]);
});

test("with a token every request goes along with it, and a file is read once", () => {
  const line = JSON.stringify({ path: "/x", bodyFile: "files/a.ofd" });
  const [first, second] = read(`${line}\n${line}`, ["--token", "abc"]);
  expect([first?.as, second?.as]).toEqual(["bearer", "bearer"]);
  expect(first?.body).toBe(second?.body);
});

describe("what cannot be asked", () => {
  test.each([
    ["", 65, /no request/],
    ["{", 65, /line 1: not JSON/],
    ['{"path":"/x"}\n[]', 65, /line 2: {2}must/],
    ['{"path":"http://elsewhere.example/"}', 65, /line 1: \/path/],
    ['{"path":"/x y"}', 65, /\/path/],
    ['{"path":"/x","method":"DELETE"}', 65, /\/method/],
    ['{"path":"/x","contentType":"a\\r\\nhost: b"}', 65, /contentType/],
    ['{"path":"/x","body":1,"bodyFile":"a"}', 65, /line 1/],
    ['{"path":"/x","expected":{}}', 65, /additional/],
    ['{"path":"/x","expect":{"contain":["a"]}}', 65, /additional/],
    ['{"path":"/x","expect":{"contains":[""]}}', 65, /contains/],
    ['{"path":"/x","expect":{"members":{"verdict":"PASSED"}}}', 65, /no JSON pointer/],
    ['{"path":"/x","bodyFile":"files/none.ofd"}', 66, /none\.ofd: ENOENT/],
  ])("%s", (text, exit, message) => {
    const refusal = refusalOf(() => read(text));
    expect(refusal.exit).toBe(exit);
    expect(refusal.message).toMatch(message);
  });

  test("a file that is not there", () => {
    const asked = parseBenchArguments(["--requests", join(home, "none")], {});
    expect(refusalOf(() => asked !== "help" && benchRequests(asked))).toMatchObject({ exit: 66 });
  });

  test("the demo where there is none", () => {
    const asked = parseBenchArguments(["--scenario", "verify"], { TONGYAN_DATA: home });
    expect(refusalOf(() => asked !== "help" && benchRequests(asked))).toMatchObject({
      exit: 66,
      message: expect.stringContaining("npm start"),
    });
  });
});
