import { describe, expect, test } from "vitest";
import { Fault, type FaultCode, FAULTS, problemOfFault, rawProblemResponse } from "./fault.ts";

const codes = Object.keys(FAULTS) as FaultCode[];

describe.each(codes)("%s", (code) => {
  const row = FAULTS[code];

  test("has a status of an error and a sentence in each language", () => {
    expect(row.status).toBeGreaterThanOrEqual(400);
    expect(row.status).toBeLessThan(600);
    expect(row.zh).toMatch(/\p{Script=Han}/u);
    expect(row.en).toMatch(/^[A-Z][^\p{Script=Han}]+$/u);
    expect(code).toMatch(/^[A-Z][A-Z_]*$/);
  });

  test("becomes a problem of that status, with detail only below 500", () => {
    const problem = problemOfFault(new Fault(code, "where it is", { cause: new Error("inside") }));
    expect(problem).toMatchObject({ type: `urn:tongyan:fault:${code}`, status: row.status, code, title: row.en });
    expect(problem.detail).toBe(row.status < 500 ? "where it is" : undefined);
    expect(JSON.stringify(problem)).not.toContain("inside");
  });

  test("says when to try again exactly when that can help", () => {
    expect(row.retry !== null).toBe([408, 429, 503].includes(row.status));
  });
});

test("no two codes share a sentence", () => {
  expect(new Set(codes.map((code) => FAULTS[code].en)).size).toBe(codes.length);
  expect(new Set(codes.map((code) => FAULTS[code].zh)).size).toBe(codes.length);
});

test("an infrastructure fault is never a 401 or 403: those are of the caller's own making", () => {
  const ofStatus = (status: number) => codes.filter((code) => FAULTS[code].status === status).toSorted();
  expect(ofStatus(401)).toEqual([
    "ASSERTION_INVALID",
    "AUTHENTICATION_REQUIRED",
    "REPLAYED",
    "SIGNATURE_INVALID",
    "TOKEN_INVALID",
  ]);
  expect(ofStatus(403)).toEqual(["DENIED"]);
});

test("the answer on a broken connection has the length that it names", () => {
  const [head = "", body = ""] = rawProblemResponse(new Fault("REQUEST_TIMEOUT")).split("\r\n\r\n");
  expect(head).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  expect(head).toContain(`content-length: ${Buffer.byteLength(body)}`);
  expect(JSON.parse(body)).toMatchObject({ status: 408, code: "REQUEST_TIMEOUT" });
});
