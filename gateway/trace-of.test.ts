import { expect, test } from "vitest";
import { traceOf } from "./trace-of.ts";

test("what an error says stays out of its trace, also over several lines", () => {
  const error = new RangeError("张三\n    at 110105 and more");
  const trace = traceOf(error);
  expect(trace).toMatch(/^RangeError\n {4}at /);
  expect(trace).not.toMatch(/张三|110105/);
});

test("a code is kept, and what is no error is named by its type", () => {
  expect(traceOf(Object.assign(new Error("secret"), { code: "ENOSPC" }))).toMatch(/^Error ENOSPC\n/);
  expect(traceOf("secret")).toBe("string");
});
