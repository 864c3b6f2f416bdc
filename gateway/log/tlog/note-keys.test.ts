import { createPrivateKey, createSign, createVerify, generateKeyPairSync, sign, verify } from "node:crypto";
import { describe, expect, test } from "vitest";
import { generateKey, sm2Sign } from "#certs/issue/keys.ts";
import { sm2Za } from "#certs/crypto/sm2.ts";
import { cosignatureTime, cosigner } from "./cosignature.ts";
import { ed25519Signer } from "./ed25519.ts";
import { SM2_TYPE, sm2Signer } from "./sm2-note.ts";
import { readVerifierKey } from "./verifiers.ts";
import { formatVkey, keyIdOf } from "./vkey.ts";

const NAME = "log.example/1";
const TEXT = "log.example/1\n5\nroot\n";
const vkeyOf = (key: Buffer): string => formatVkey({ name: NAME, keyId: keyIdOf(NAME, key), key });
const turned = (bytes: Uint8Array, at: number): Buffer =>
  Buffer.from(bytes.map((byte, place) => (place === at ? byte ^ 1 : byte)));

describe("SM2", () => {
  const pair = generateKey("SM2");
  const { signer, vkey } = sm2Signer(NAME, pair.privateKey);
  const { verifier, algorithm } = readVerifierKey(vkey);
  const point = pair.spki.subarray(-65);

  test("signs what SM2 with SM3 and the default user ID signs", () => {
    const signature = signer.sign(TEXT);
    expect(algorithm).toBe("SM2");
    expect([verifier.name, verifier.keyId]).toEqual([signer.name, signer.keyId]);
    expect(verifier.verify(TEXT, signature)).toBe(true);
    expect(verifier.verify(TEXT, pair.sign(Buffer.from(TEXT)))).toBe(true);
  });

  test("the sample of GB/T 32918.5, as a verifier key", () => {
    const sample = Buffer.from(
      "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020" +
        "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13",
      "hex",
    );
    const signature = Buffer.from(
      "3046022100F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3" +
        "022100B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA",
      "hex",
    );
    const key = readVerifierKey(vkeyOf(Buffer.concat([SM2_TYPE, sample]))).verifier;
    expect(key.verify("message digest", signature)).toBe(true);
    expect(key.verify("message digesu", signature)).toBe(false);
  });

  test.each([
    ["another text", () => sm2Sign(pair.privateKey, sm2Za(point.subarray(1)), Buffer.from("other\n"))],
    ["an empty user ID, as one-shot sign() takes", () => sign("sm3", Buffer.from(TEXT), pair.privateKey)],
    ["no ZA", () => sm2Sign(pair.privateKey, new Uint8Array(), Buffer.from(TEXT))],
    ["a bit turned", () => turned(signer.sign(TEXT), 20)],
    ["a byte after it", () => Buffer.concat([signer.sign(TEXT), Buffer.of(0)])],
    ["r and s side by side", () => Buffer.alloc(64, 1)],
    ["nothing", () => Buffer.alloc(0)],
    ["another key", () => sm2Signer(NAME, generateKey("SM2").privateKey).signer.sign(TEXT)],
  ])("refuses %s", (_, make) => {
    expect(verifier.verify(TEXT, make())).toBe(false);
  });

  test("ECDSA on the same curve is no SM2 signature", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "SM2" });
    const imported = createPrivateKey(privateKey.export({ type: "pkcs8", format: "pem" }));
    const own = sm2Signer(NAME, imported);
    const spki = readVerifierKey(own.vkey).verifier;
    const ecdsa = createSign("sm3")
      .update(sm2Za(Buffer.alloc(64)))
      .update(TEXT)
      .sign(privateKey);
    expect(spki.verify(TEXT, ecdsa)).toBe(false);
    expect(spki.verify(TEXT, own.signer.sign(TEXT))).toBe(true);
  });

  test.each([
    ["too short", Buffer.concat([SM2_TYPE, point.subarray(0, 64)])],
    ["too long", Buffer.concat([SM2_TYPE, point, Buffer.of(0)])],
    ["off the curve", Buffer.concat([SM2_TYPE, turned(point, 64)])],
    ["compressed", Buffer.concat([SM2_TYPE, Buffer.of(2), point.subarray(1, 33)])],
    ["of another unassigned type", Buffer.concat([Buffer.of(0xff), Buffer.from("1.2.156.10197.1.502\n"), point])],
    ["of a type without identifier", Buffer.concat([Buffer.of(0xff), point])],
    ["of ECDSA's type", Buffer.concat([Buffer.of(0x02), point])],
    ["of ML-DSA's type", Buffer.concat([Buffer.of(0x06), Buffer.alloc(1312)])],
    ["an Ed25519 key of 31 bytes", Buffer.concat([Buffer.of(1), Buffer.alloc(31)])],
  ])("no key that is %s", (_, key) => {
    expect(() => readVerifierKey(vkeyOf(key))).toThrow(expect.objectContaining({ code: "KEY_MALFORMED" }));
  });

  test("an EC key on another curve does not sign", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    expect(() => sm2Signer(NAME, privateKey)).toThrow(RangeError);
  });

  test("node:crypto agrees, fed with ZA", () => {
    const key = generateKey("SM2");
    const own = sm2Signer(NAME, key.privateKey);
    const check = createVerify("sm3")
      .update(sm2Za(key.spki.subarray(-64)))
      .update(TEXT);
    expect(check.verify({ key: Buffer.from(key.spki), format: "der", type: "spki" }, own.signer.sign(TEXT))).toBe(true);
  });
});

describe("cosignatures", () => {
  const pair = generateKeyPairSync("ed25519");
  const witness = cosigner("witness.example/1", pair.privateKey);
  const { verifier, algorithm } = readVerifierKey(witness.vkey);
  const SECONDS = 1_679_315_147;
  const { signature } = witness.cosign(TEXT, SECONDS);

  function cosignedAt(seconds: bigint): Buffer {
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(seconds);
    return Buffer.concat([time, sign(null, Buffer.from(`cosignature/v1\ntime ${seconds}\n${TEXT}`), pair.privateKey)]);
  }

  test("at any time below 2^63", () => {
    expect(verifier.verify(TEXT, cosignedAt(2n ** 63n - 1n))).toBe(true);
    expect(cosignatureTime(cosignedAt(2n ** 63n - 1n))).toBeNull();
  });

  test("are Ed25519 over the header, the time and the checkpoint (C2SP tlog-cosignature)", () => {
    const message = Buffer.from(`cosignature/v1\ntime 1679315147\n${TEXT}`);
    expect(signature.subarray(0, 8).toString("hex")).toBe("00000000641850cb");
    expect(verify(null, message, pair.publicKey, signature.subarray(8))).toBe(true);
    expect(verifier.verify(TEXT, signature)).toBe(true);
    expect(cosignatureTime(signature)).toBe(SECONDS);
    expect(algorithm).toBe("cosignature");
  });

  test("have another key ID than plain signatures of the same key and name", () => {
    expect(witness.keyId).not.toBe(ed25519Signer("witness.example/1", pair.privateKey).signer.keyId);
  });

  test.each([
    ["another time", turned(signature, 7)],
    ["a changed signature", turned(signature, 40)],
    ["a plain signature", sign(null, Buffer.from(TEXT), pair.privateKey)],
    [
      "a plain signature after a time",
      Buffer.concat([signature.subarray(0, 8), sign(null, Buffer.from(TEXT), pair.privateKey)]),
    ],
    ["a time of 2^63", cosignedAt(2n ** 63n)],
    ["a time of 2^64 - 1", cosignedAt(2n ** 64n - 1n)],
    ["a byte more", Buffer.concat([signature, Buffer.of(0)])],
    ["a byte less", signature.subarray(0, 71)],
    ["nothing", Buffer.alloc(0)],
  ])("%s does not hold", (_, each) => {
    expect(verifier.verify(TEXT, each)).toBe(false);
  });

  test("of another text do not hold", () => {
    expect(verifier.verify(`${TEXT}extension\n`, signature)).toBe(false);
    expect(verifier.verify(TEXT.slice(0, -1), signature)).toBe(false);
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 53])("no time %d", (seconds) => {
    expect(() => witness.cosign(TEXT, seconds)).toThrow(RangeError);
  });

  test("what is no cosignature has no time", () => {
    expect([Buffer.alloc(71), Buffer.alloc(73), Buffer.alloc(72, 0xff)].map(cosignatureTime)).toEqual([
      null,
      null,
      null,
    ]);
  });
});
