import { describe, expect, test } from "vitest";
import { bits, integer, oid, sequence } from "../issue/der.ts";
import { generateKey, sm2Sign } from "../issue/keys.ts";
import { digest, verifySignature, type SignatureQuestion } from "./algorithms.ts";
import { readPublicKey } from "./public-key.ts";
import { SM2_USER_ID, sm2Za } from "./sm2.ts";

const hex = (text: string): Buffer => Buffer.from(text, "hex");
const AT = Date.UTC(2026, 0, 1);
const SM2_SM3 = { oid: "1.2.156.10197.1.501", parameters: null };

/** GB/T 32918.5-2017 annex A.2. */
const SAMPLE = {
  point: hex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020" +
      "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13",
  ),
  message: Buffer.from("message digest"),
  za: "b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3",
  e: "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640",
  r: 0xf5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3n,
  s: 0xb1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aan,
};
const spki = (point: Uint8Array): Uint8Array =>
  sequence(sequence(oid("1.2.840.10045.2.1"), oid("1.2.156.10197.1.301")), bits(Buffer.concat([Buffer.of(4), point])));

const ask = (own: Partial<SignatureQuestion>): string => {
  const check = verifySignature({
    algorithm: SM2_SM3,
    key: readPublicKey(spki(SAMPLE.point)),
    message: SAMPLE.message,
    signature: sequence(integer(SAMPLE.r), integer(SAMPLE.s)),
    at: AT,
    ...own,
  });
  return check.outcome === "passed" ? "passed" : check.code;
};

describe("the sample of GB/T 32918.5", () => {
  test("SM3 of abc", () => {
    expect(Buffer.from(digest("sm3", Buffer.from("a"), Buffer.from("bc"))).toString("hex")).toBe(
      "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    );
  });

  test("ZA and e", () => {
    const za = sm2Za(SAMPLE.point);
    expect(Buffer.from(za).toString("hex")).toBe(SAMPLE.za);
    expect(Buffer.from(digest("sm3", za, SAMPLE.message)).toString("hex")).toBe(SAMPLE.e);
  });

  test("the signature verifies, another message does not", () => {
    expect(ask({})).toBe("passed");
    expect(ask({ message: Buffer.from("message digesu") })).toBe("SIGNATURE_INVALID");
  });
});

describe("what was signed (hostile-cases 63, 65)", () => {
  const key = generateKey("SM2");
  const message = Buffer.from("licence");
  const own = { key: readPublicKey(key.spki), message };
  const signedAs = (userId: Uint8Array): Uint8Array =>
    sm2Sign(key.privateKey, sm2Za(key.spki.subarray(-64), userId), message);

  test("default user ID passes", () => {
    expect(ask({ ...own, signature: key.sign(message) })).toBe("passed");
    expect(ask({ ...own, signature: signedAs(SM2_USER_ID) })).toBe("passed");
  });

  test.each([
    ["empty user ID", signedAs(new Uint8Array())],
    ["an e-mail address as user ID", signedAs(Buffer.from("ALICE123@YAHOO.COM"))],
    ["no Z at all", sm2Sign(key.privateKey, new Uint8Array(), message)],
    ["Z of another key", sm2Sign(key.privateKey, sm2Za(SAMPLE.point), message)],
  ])("%s fails", (_, signature) => {
    expect(ask({ ...own, signature })).toBe("SIGNATURE_INVALID");
  });
});
