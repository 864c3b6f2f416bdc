import { describe, expect, test } from "vitest";
import { parseVerifyArguments } from "./arguments.ts";
import { UsageError } from "./options.ts";

describe("arguments of verify", () => {
  test("files and options in any order", () => {
    const argv = ["a.ofd", "--json", "--trust", "t", "b.ofd", "--at=2026-11-21T08:00:00.5Z", "--policy", "strict"];
    expect(parseVerifyArguments(argv)).toEqual({
      kind: "verify",
      files: ["a.ofd", "b.ofd"],
      json: true,
      trust: "t",
      at: Date.parse("2026-11-21T08:00:00.500Z"),
      policy: "strict",
    });
  });

  test("a file whose name begins with a dash", () => {
    expect(parseVerifyArguments(["--", "--json"])).toMatchObject({ files: ["--json"], json: false });
  });

  test("a replay", () => {
    expect(parseVerifyArguments(["--replay", "r.json", "a.ofd"])).toEqual({
      kind: "replay",
      file: "a.ofd",
      report: "r.json",
      json: false,
      trust: null,
    });
  });

  test.each([
    ["2026-11-21", "2026-11-20T16:00:00Z"],
    ["2026-11-21T08:00:00", "2026-11-21T00:00:00Z"],
    ["2026-11-21 08:00", "2026-11-21T00:00:00Z"],
    ["2026-11-21T08:00:00.123+02:00", "2026-11-21T06:00:00.123Z"],
  ])("--at %s", (text, iso) => {
    expect(parseVerifyArguments(["a", "--at", text])).toMatchObject({ at: Date.parse(iso) });
  });

  test("help", () => expect(parseVerifyArguments(["-h"])).toEqual({ kind: "help" }));

  test.each([
    [[]],
    [["--json"]],
    [["--nope", "a.ofd"]],
    [["a.ofd", "--trust"]],
    [["a.ofd", "--json=yes"]],
    [["a.ofd", "--at", "yesterday"]],
    [["a.ofd", "--at", "长期"]],
    [["a.ofd", "--at", "2026-02-30"]],
    [["a.ofd", "--policy", "lenient"]],
    [["a.ofd", "--policy", "constructor"]],
    [["--replay", "r.json"]],
    [["--replay", "r.json", "a.ofd", "b.ofd"]],
    [["--replay", "r.json", "a.ofd", "--at", "2026-11-21"]],
    [["--replay", "r.json", "a.ofd", "--policy", "strict"]],
  ])("wrong usage: %j", (argv) => expect(() => parseVerifyArguments(argv)).toThrow(UsageError));
});
