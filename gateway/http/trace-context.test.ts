import { expect, test } from "vitest";
import { childTraceparent, continueTrace, formatTraceparent } from "./trace-context.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const traceparent = (header: string): string => formatTraceparent(continueTrace(header));

test.each([
  [`00-${TRACE}-${SPAN}-01`, "01"],
  [`00-${TRACE}-${SPAN}-00`, "00"],
  [`00-${TRACE}-${SPAN}-ff`, "01"],
  [`cc-${TRACE}-${SPAN}-01`, "01"],
  [`cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`, "01"],
])("%s is taken over, with a span of our own", (header, flags) => {
  expect(traceparent(header)).toMatch(new RegExp(`^00-${TRACE}-(?!${SPAN})[0-9a-f]{16}-${flags}$`));
});

test.each([
  "",
  "00",
  `00-${TRACE}-${SPAN}`,
  `ff-${TRACE}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-01-more`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${"0".repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${"0".repeat(16)}-01`,
  `00-${TRACE}-${SPAN}-1`,
  `00-${TRACE.slice(1)}-${SPAN}-01`,
  ` 00-${TRACE}-${SPAN}-01`,
  `cc-${TRACE}-${SPAN}-01-${"x".repeat(300)}`,
])("%s is not well-formed: a new trace begins", (header) => {
  const answered = traceparent(header);
  expect(answered).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  expect(answered).not.toContain(TRACE);
});

test("without a header every request has a trace of its own", () => {
  const traces = Array.from({ length: 100 }, () => continueTrace(undefined).traceId);
  expect(new Set(traces).size).toBe(100);
});

test("the caller's span is the parent of ours, and a trace that begins here has none", () => {
  expect(continueTrace(`00-${TRACE}-${SPAN}-01`)).toMatchObject({ traceId: TRACE, parentId: SPAN });
  expect(continueTrace(undefined).parentId).toBeNull();
  expect(continueTrace(`00-${TRACE}-${SPAN}`).parentId).toBeNull();
});

test.each(["00", "01"])("each call that a request leads to has a span of its own in the same trace (%s)", (flags) => {
  const trace = continueTrace(`00-${TRACE}-${SPAN}-${flags}`);
  const children = Array.from({ length: 100 }, () => childTraceparent(trace));
  expect(new Set(children).size).toBe(100);
  for (const child of children) {
    expect(child).toMatch(new RegExp(`^00-${TRACE}-(?!${SPAN}|${trace.spanId})[0-9a-f]{16}-${flags}$`));
  }
});
