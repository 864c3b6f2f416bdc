import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Fault } from "#gateway/fault.ts";
import { digestCheck } from "./content-digest.ts";

const BODY = Buffer.from('{"hello": "world"}\n');
const digest = (name: string, body: Uint8Array = BODY): string => createHash(name).update(body).digest("base64");
/** RFC 9530, appendix D. */
const PUBLISHED = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
const RIGHT = `sha-256=:${digest("sha256")}:`;

function outcome(header: string | undefined, signed: string | null = null, body: Uint8Array = BODY): string {
  try {
    const check = digestCheck(header, signed);
    if (check === null) return "nothing to check";
    check.update(body.subarray(0, 3));
    check.update(body.subarray(3));
    check.finish();
    return "right";
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
}

describe("Content-Digest", () => {
  test.each([
    PUBLISHED,
    RIGHT,
    ` ${RIGHT} `,
    `sha-512=:${digest("sha512")}:`,
    `${RIGHT}, sha-512=:${digest("sha512")}:`,
  ])("%s is right", (header) => {
    expect(outcome(header)).toBe("right");
  });

  test.each([
    `sha-256=:${digest("sha256", Buffer.from("another"))}:`,
    `${RIGHT}, sha-512=:${digest("sha512", Buffer.from("another"))}:`,
    "",
    "sha-256",
    `sha-256=${digest("sha256")}`,
    `sha-256=:${digest("sha256")}`,
    `sha-256=:${digest("sha256").replace("=", "")}:`,
    `sha-256=:${digest("sha512")}:`,
    "sha-256=::",
    `${RIGHT}, ${RIGHT}`,
    `${RIGHT};q=1`,
    `SHA-256=:${digest("sha256")}:`,
    `md5=:${digest("md5")}:`,
    `${RIGHT}, md5=:${digest("md5")}:`,
    `sha=:${digest("sha1")}:`,
    `${RIGHT},`,
  ])("'%s' is refused", (header) => {
    expect(outcome(header)).toBe("INVALID_REQUEST");
  });
});

describe("a digest that was signed", () => {
  test("is right for its body and no other", () => {
    expect(outcome(undefined, digest("sha256"))).toBe("right");
    expect(outcome(undefined, digest("sha256"), Buffer.from('{"hello": "World"}\n'))).toBe("SIGNATURE_INVALID");
    expect(outcome(undefined, digest("sha256"), Buffer.alloc(0))).toBe("SIGNATURE_INVALID");
  });

  test("does not stand in for the header, nor the header for it", () => {
    const other = digest("sha256", Buffer.from("x"));
    expect(outcome(`sha-256=:${other}:`, digest("sha256"))).toBe("INVALID_REQUEST");
    expect(outcome(RIGHT, other)).toBe("SIGNATURE_INVALID");
    expect(outcome(`sha-256=:${other}:`, other)).toBe("SIGNATURE_INVALID");
  });
});

test("without either nothing is computed", () => {
  expect(outcome(undefined)).toBe("nothing to check");
});
