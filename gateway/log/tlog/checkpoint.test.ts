import { assert, maxSafeInteger, property, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";
import { formatCheckpoint, parseCheckpoint, parseCount } from "./checkpoint.ts";
import { EMPTY_ROOT } from "./hashing.ts";
import { MAX_PROOF, formatTlogProof, parseTlogProof } from "./tlog-proof.ts";

const ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

function codeOf(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
  return "accepted";
}

describe("a checkpoint", () => {
  test("the example of C2SP tlog-checkpoint", () => {
    const text = `example.com/behind-the-sofa\n20852163\n${ROOT}\n`;
    const checkpoint = { origin: "example.com/behind-the-sofa", size: 20_852_163, root: Buffer.from(ROOT, "base64") };
    expect(parseCheckpoint(text)).toEqual(checkpoint);
    expect(formatCheckpoint(checkpoint)).toBe(text);
  });

  test("of any size and root is read back", () => {
    assert(
      property(maxSafeInteger(), uint8Array({ minLength: 32, maxLength: 32 }), (number, bytes) => {
        const size = Math.abs(number);
        const checkpoint = { origin: "log", size, root: size === 0 ? EMPTY_ROOT : Buffer.from(bytes) };
        expect(parseCheckpoint(formatCheckpoint(checkpoint))).toEqual(checkpoint);
      }),
    );
  });

  test.each([
    ["", "CHECKPOINT_ORIGIN"],
    [`\n1\n${ROOT}\n`, "CHECKPOINT_ORIGIN"],
    [`log\n\n${ROOT}\n`, "CHECKPOINT_SIZE"],
    [`log\n01\n${ROOT}\n`, "CHECKPOINT_SIZE"],
    [`log\n+1\n${ROOT}\n`, "CHECKPOINT_SIZE"],
    [`log\n-1\n${ROOT}\n`, "CHECKPOINT_SIZE"],
    [`log\n1e3\n${ROOT}\n`, "CHECKPOINT_SIZE"],
    [`log\n0x1\n${ROOT}\n`, "CHECKPOINT_SIZE"],
    [`log\n１\n${ROOT}\n`, "CHECKPOINT_SIZE"],
    [`log\n9007199254740992\n${ROOT}\n`, "CHECKPOINT_SIZE"],
    [`log\n${"9".repeat(400)}\n${ROOT}\n`, "CHECKPOINT_SIZE"],
    ["log\n1\n\n", "CHECKPOINT_ROOT"],
    ["log\n1\nAAAA\n", "CHECKPOINT_ROOT"],
    [`log\n1\n${ROOT}${ROOT}\n`, "BASE64_NOT_CANONICAL"],
    [`log\n1\n${ROOT.replace("2I=", "2J=")}\n`, "BASE64_NOT_CANONICAL"],
    [`log\n1\n${ROOT.slice(0, -1)}\n`, "BASE64_NOT_CANONICAL"],
    [`log\n1\n${ROOT}`, "CHECKPOINT_TRAILING"],
    [`log\n1\n${ROOT}\nextension\n`, "CHECKPOINT_TRAILING"],
    [`log\n1\n${ROOT}\n\n`, "CHECKPOINT_TRAILING"],
    [`log\n0\n${ROOT}\n`, "CHECKPOINT_ROOT"],
  ])("%j is none", (text, code) => {
    expect(codeOf(() => parseCheckpoint(text))).toBe(code);
  });

  test("none is written that could not be read", () => {
    const root = Buffer.from(ROOT, "base64");
    expect(codeOf(() => formatCheckpoint({ origin: "", size: 1, root }))).toBe("CHECKPOINT_ORIGIN");
    expect(codeOf(() => formatCheckpoint({ origin: "a\n1", size: 1, root }))).toBe("CHECKPOINT_ROOT");
    expect(codeOf(() => formatCheckpoint({ origin: "a", size: 1.5, root }))).toBe("CHECKPOINT_SIZE");
    expect(codeOf(() => formatCheckpoint({ origin: "a", size: 1, root: root.subarray(1) }))).toBe("CHECKPOINT_ROOT");
  });

  test("numbers have one writing", () => {
    expect(["0", "9007199254740991"].map(parseCount)).toEqual([0, Number.MAX_SAFE_INTEGER]);
    expect(["", "00", " 1", "1 ", "1.0", "1n", "1_0", "NaN"].map(parseCount)).toEqual(Array(8).fill(null));
  });
});

describe("a proof", () => {
  const hash = Buffer.from(ROOT, "base64");
  const checkpoint = `log\n9\n${ROOT}\n\n— log AAAAAAA=\n`;
  const whole = { extra: Buffer.from("{}"), index: 7, proof: [hash, EMPTY_ROOT], checkpoint };
  const text = formatTlogProof(whole);

  test("is written as C2SP tlog-proof has it", () => {
    expect(text).toBe(
      `c2sp.org/tlog-proof@v1\nextra e30=\nindex 7\n${ROOT}\n${EMPTY_ROOT.toString("base64")}\n\n${checkpoint}`,
    );
  });

  test.each([
    ["whole", whole],
    ["without extra", { ...whole, extra: null }],
    ["with an empty extra", { ...whole, extra: Buffer.alloc(0) }],
    ["of the only entry", { ...whole, index: 0, proof: [] }],
    ["of 63 hashes", { ...whole, proof: Array.from({ length: 63 }, () => hash) }],
  ])("%s, is read back", (_, proof) => {
    expect(parseTlogProof(formatTlogProof(proof))).toEqual(proof);
  });

  test.each([
    ["nothing", "", "PROOF_HEADER"],
    ["another version", text.replace("@v1", "@v2"), "PROOF_HEADER"],
    ["a mark before the first line", `\uFEFF${text}`, "PROOF_HEADER"],
    ["carriage returns", text.replaceAll("\n", "\r\n"), "PROOF_HEADER"],
    ["no checkpoint", text.slice(0, text.indexOf("\n\n")), "PROOF_HEADER"],
    ["no index", text.replace("index 7\n", ""), "PROOF_INDEX"],
    ["an index with a leading zero", text.replace("index 7", "index 07"), "PROOF_INDEX"],
    ["a negative index", text.replace("index 7", "index -7"), "PROOF_INDEX"],
    ["an index beyond all logs", text.replace("index 7", "index 9007199254740992"), "PROOF_INDEX"],
    ["an index in capitals", text.replace("index 7", "INDEX 7"), "PROOF_INDEX"],
    ["extra after the index", text.replace("extra e30=\nindex 7", "index 7\nextra e30="), "PROOF_HASH"],
    ["two extras", text.replace("extra e30=", "extra e30=\nextra e30="), "PROOF_INDEX"],
    ["an extra that is no base64", text.replace("e30=", "e30"), "PROOF_EXTRA"],
    ["a hash of 31 bytes", text.replace(ROOT, Buffer.alloc(31).toString("base64")), "PROOF_HASH"],
    ["a hash in hexadecimal", text.replace(ROOT, hash.toString("hex")), "PROOF_HASH"],
    ["a hash with bits left over", text.replace("2I=", "2J="), "BASE64_NOT_CANONICAL"],
    ["64 hashes", formatTlogProof({ ...whole, proof: Array.from({ length: 64 }, () => hash) }), "PROOF_HASH"],
    ["ten thousand hashes", formatTlogProof({ ...whole, proof: Array(10_000).fill(hash) }), "PROOF_HASH"],
    ["far too long", text + "x".repeat(MAX_PROOF), "PROOF_TOO_LARGE"],
  ])("%s: none", (_, bad, code) => {
    expect(codeOf(() => parseTlogProof(bad))).toBe(code);
  });
});
