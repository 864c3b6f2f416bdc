import { assert, constantFrom, nat, property, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";
import { readDer } from "../bytes/der.ts";
import { der, integer, sequence } from "../issue/der.ts";
import { generateKey } from "../issue/keys.ts";
import { verifySignature } from "./algorithms.ts";
import { CURVES } from "./curves.ts";
import { readEcSignature } from "./ec-signature.ts";
import { readPublicKey } from "./public-key.ts";

const MESSAGE = Buffer.from("licence");
const AT = Date.UTC(2026, 0, 1);

/** Vectors in the manner of Wycheproof, made from one good signature (hostile-cases 60, 61). */
type Vector = {
  readonly tcId: number;
  readonly comment: string;
  readonly value: Uint8Array;
  readonly result: "valid" | "invalid";
};

function vectors(good: Uint8Array, n: bigint, kind: "SM2" | "P-256"): Vector[] {
  const [r = 0n, s = 0n] = readDer(good)
    .children()
    .map((part) => part.integer("part"));
  const raw = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, "0"), "hex");
  const padded = (value: bigint): Uint8Array => der(0x02, Buffer.concat([Buffer.of(0, 0), raw(value)]));
  const body = Buffer.concat([integer(r), integer(s)]);
  const rows: [string, Uint8Array, Vector["result"]][] = [
    ["as it is", good, "valid"],
    ["r = 0", sequence(integer(0), integer(s)), "invalid"],
    ["s = 0", sequence(integer(r), integer(0)), "invalid"],
    ["r = n", sequence(integer(n), integer(s)), "invalid"],
    ["s = n", sequence(integer(r), integer(n)), "invalid"],
    ["r + n", sequence(integer(r + n), integer(s)), "invalid"],
    ["s + n", sequence(integer(r), integer(s + n)), "invalid"],
    ["r - n", sequence(integer(r - n), integer(s)), "invalid"],
    ["n - s", sequence(integer(r), integer(n - s)), kind === "SM2" ? "invalid" : "valid"],
    ["r + s = n", sequence(integer(r), integer(n - r)), "invalid"],
    ["r = s = 1", sequence(integer(1), integer(1)), "invalid"],
    ["r negative", sequence(integer(-r), integer(s)), "invalid"],
    ["a byte after", Buffer.concat([good, Buffer.of(0)]), "invalid"],
    ["a byte inside after s", sequence(integer(r), integer(s), der(0x05)), "invalid"],
    ["length in long form", Buffer.concat([Buffer.of(0x30, 0x81, body.length), body]), "invalid"],
    ["indefinite length", Buffer.concat([Buffer.of(0x30, 0x80), body, Buffer.of(0, 0)]), "invalid"],
    ["r with zeros in front", sequence(padded(r), integer(s)), "invalid"],
    ["s with zeros in front", sequence(integer(r), padded(s)), "invalid"],
    ["a SET", der(0x31, body), "invalid"],
    ["s missing", sequence(integer(r)), "invalid"],
    ["s and r", sequence(integer(s), integer(r)), "invalid"],
    ["cut short", good.subarray(0, good.length - 1), "invalid"],
    ["empty", new Uint8Array(), "invalid"],
    ["zeros", new Uint8Array(64), "invalid"],
    ["raw", Buffer.concat([raw(r), raw(s)]), "invalid"],
  ];
  return rows.map(([comment, value, result], index) => ({ tcId: index + 1, comment, value, result }));
}

const KEYS = { SM2: generateKey("SM2"), "P-256": generateKey("P-256") };

describe.each(["SM2", "P-256"] as const)("%s signature values", (kind) => {
  const own = KEYS[kind];
  const question = {
    algorithm: { oid: own.signatureOid, parameters: null },
    key: readPublicKey(own.spki),
    message: MESSAGE,
    at: AT,
  };
  const good = own.sign(MESSAGE);

  test.each(vectors(good, CURVES[kind].n, kind))("$tcId $comment is $result", ({ value, result }) => {
    expect(verifySignature({ ...question, signature: value }).outcome).toBe(result === "valid" ? "passed" : "failed");
  });

  test("many honest values pass", () => {
    for (let i = 0; i < 100; i++) {
      const message = Buffer.of(i);
      expect(verifySignature({ ...question, message, signature: own.sign(message) }).outcome).toBe("passed");
    }
  });

  test("no changed bit passes", () => {
    assert(
      property(nat(good.length * 8 - 1), constantFrom(undefined, "accept" as const), (bit, raw) => {
        const value = Uint8Array.from(good);
        value[bit >> 3] = (value[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7));
        const check = verifySignature({ ...question, signature: value, ...(raw !== undefined && { raw }) });
        expect(check).toMatchObject({ outcome: "failed", code: "SIGNATURE_INVALID" });
      }),
      { numRuns: 300 },
    );
  });

  test("no random bytes pass, and none throw", () => {
    assert(
      property(uint8Array({ maxLength: 80 }), (signature) => {
        expect(verifySignature({ ...question, signature, raw: "accept" }).outcome).toBe("failed");
      }),
    );
  });
});

describe("the range is our own check, before the native one", () => {
  const { n } = CURVES.SM2;
  test.each([
    ["r = 0", 0n, 5n, "r or s out of range"],
    ["s = n", 5n, n, "r or s out of range"],
    ["r + n", n + 5n, 5n, "r or s out of range"],
    ["negative s", 5n, -5n, "r or s out of range"],
    ["r + s = n", 5n, n - 5n, "r + s is zero"],
  ])("%s", (_, r, s, fault) => {
    expect(readEcSignature(sequence(integer(r), integer(s)), "SM2", "refuse")).toBe(fault);
  });

  test("r + s = n is no fault of ECDSA", () => {
    const value = sequence(integer(5), integer(CURVES["P-256"].n - 5n));
    expect(readEcSignature(value, "P-256", "refuse")).toMatchObject({ raw: false });
  });
});

describe("64 bytes r ‖ s", () => {
  const own = KEYS.SM2;
  const question = {
    algorithm: { oid: own.signatureOid, parameters: null },
    key: readPublicKey(own.spki),
    message: MESSAGE,
    at: AT,
  };
  const pair = (signature: Uint8Array): bigint[] =>
    readDer(signature)
      .children()
      .map((part) => part.integer("part"));
  const raw = (values: readonly bigint[]): Buffer =>
    Buffer.concat(values.map((v) => Buffer.from(v.toString(16).padStart(64, "0"), "hex")));

  test("are accepted where the caller says so, with a remark", () => {
    for (let i = 0; i < 300; i++) {
      const signature = raw(pair(own.sign(MESSAGE)));
      expect(verifySignature({ ...question, signature, raw: "accept" })).toEqual({
        outcome: "passed",
        remarks: [{ code: "LENIENT_RAW_SIGNATURE" }],
      });
    }
  });

  test("DER leaves no remark there", () => {
    expect(verifySignature({ ...question, signature: own.sign(MESSAGE), raw: "accept" })).toEqual({
      outcome: "passed",
    });
  });

  const { n } = CURVES.SM2;
  const [r = 0n, s = 0n] = pair(own.sign(MESSAGE));
  test.each([
    ["elsewhere", raw([r, s]), undefined],
    ["with r = 0", raw([0n, s]), "accept" as const],
    ["with s = n", raw([r, n]), "accept" as const],
    ["with r + s = n", raw([r, n - r]), "accept" as const],
    ["of 63 bytes", raw([r, s]).subarray(1), "accept" as const],
    ["of 65 bytes", Buffer.concat([raw([r, s]), Buffer.of(0)]), "accept" as const],
    ["of another signature", raw([s, r]), "accept" as const],
  ])("fail %s", (_, signature, accept) => {
    expect(verifySignature({ ...question, signature, ...(accept !== undefined && { raw: accept }) }).outcome).toBe(
      "failed",
    );
  });
});
