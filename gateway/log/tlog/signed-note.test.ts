import { generateKeyPairSync } from "node:crypto";
import { assert, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { cosigner } from "./cosignature.ts";
import { ed25519Signer } from "./ed25519.ts";
import { addSignatures, MAX_SIGNATURES, openNote, parseNote, parseSignatures, signNote } from "./signed-note.ts";
import { readVerifierKey } from "./verifiers.ts";
import { isKeyName, parseVkey } from "./vkey.ts";

const verifier = (vkey: string) => readVerifierKey(vkey).verifier;
const makeSigner = (name = "log.example/1") => ed25519Signer(name, generateKeyPairSync("ed25519").privateKey);
const own = makeSigner();
const other = makeSigner();
const TEXT = "log.example/1\n0\nroot\n";

function codeOf(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
  return "accepted";
}

describe("notes that others signed", () => {
  test("the Go checksum database's checkpoint (the example of C2SP tlog-checkpoint, under its own name)", () => {
    const note = `go.sum database tree
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— sum.golang.org Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
`;
    const key = verifier("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8");
    expect(openNote(note, [key]).verified).toMatchObject([{ name: "sum.golang.org", keyId: 0x033de0ae }]);
    const altered = note.replace("20852163", "20852164");
    expect(codeOf(() => openNote(altered, [key]))).toBe("NOTE_SIGNATURE_WRONG");
  });

  test("the example of golang.org/x/mod/sumdb/note", () => {
    const note = `If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
`;
    const key = verifier("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
    expect(openNote(note, [key]).verified).toHaveLength(1);
  });
});

describe("opening", () => {
  const note = signNote(TEXT, [own.signer, other.signer]);

  test("tells known keys from others", () => {
    const { text, verified, unverified } = openNote(note, [verifier(own.vkey)]);
    expect(text).toBe(TEXT);
    expect(verified).toMatchObject([{ keyId: own.signer.keyId }]);
    expect(unverified).toMatchObject([{ keyId: other.signer.keyId }]);
    expect(openNote(note, [verifier(own.vkey), verifier(other.vkey)]).unverified).toEqual([]);
  });

  test("texts may hold empty lines and any letters", () => {
    assert(
      property(string({ unit: "grapheme" }), (line) => {
        const text = `${line.replaceAll(/\p{Cc}/gu, "")}\n\n通验\n`;
        expect(openNote(signNote(text, [own.signer]), [verifier(own.vkey)]).text).toBe(text);
      }),
    );
  });

  test("no known key, no note", () => {
    expect(codeOf(() => openNote(note, []))).toBe("NOTE_UNSIGNED");
    expect(codeOf(() => openNote(note, [verifier(makeSigner().vkey)]))).toBe("NOTE_UNSIGNED");
    expect(codeOf(() => openNote(note, [verifier(makeSigner("log.example/2").vkey)]))).toBe("NOTE_UNSIGNED");
  });

  test("one line of a known key that does not hold spoils the note, whatever the others do", () => {
    const wrong = note.replace(/(— \S+ \S{20})./, (_, head: string) => `${head}~`).replace("~", "A");
    const spoilt = wrong === note ? note.replace(/(— \S+ \S{20})./, "$1B") : wrong;
    const keys = [verifier(own.vkey), verifier(other.vkey)];
    expect(codeOf(() => openNote(spoilt, keys))).toBe("NOTE_SIGNATURE_WRONG");
    expect(openNote(spoilt, [verifier(other.vkey)]).verified).toHaveLength(1);
  });

  test("a key that signed twice counts once", () => {
    const twice =
      note +
      parseNote(signNote(TEXT, [own.signer]))
        .signatures.map(() => note.split("\n").at(-3))
        .join("") +
      "\n";
    expect(openNote(twice, [verifier(own.vkey), verifier(other.vkey)]).verified).toHaveLength(2);
  });

  test("signature lines are added once", () => {
    const witness = cosigner("witness.example/1", generateKeyPairSync("ed25519").privateKey);
    const line = witness.cosign(TEXT, 1_700_000_000);
    const cosigned = addSignatures(note, [line]);
    expect(openNote(cosigned, [verifier(own.vkey), verifier(witness.vkey)]).verified).toHaveLength(2);
    expect(addSignatures(cosigned, [witness.cosign(TEXT, 1_700_000_001)])).toBe(cosigned);
  });
});

describe("no note", () => {
  const note = signNote(TEXT, [own.signer]);
  const line = note.split("\n").at(-2) ?? "";
  test.each([
    ["nothing", "", "NOTE_MALFORMED"],
    ["text alone", TEXT, "NOTE_MALFORMED"],
    ["no signature after the blank line", `${TEXT}\n`, "NOTE_UNSIGNED"],
    ["the last newline missing", note.slice(0, -1), "NOTE_MALFORMED"],
    ["a blank line after the signatures", `${note}\n`, "NOTE_UNSIGNED"],
    ["bytes after the signatures", `${note}x\n`, "NOTE_SIGNATURE_LINE"],
    ["a carriage return", note.replaceAll("\n", "\r\n"), "NOTE_MALFORMED"],
    ["a tab in the text", note.replace("root", "ro\tot"), "NOTE_MALFORMED"],
    ["half a surrogate pair", note.replace("root", "\uD800"), "NOTE_MALFORMED"],
    ["a hyphen for the dash", note.replace("—", "-"), "NOTE_SIGNATURE_LINE"],
    ["two spaces", note.replace("— ", "—  "), "NOTE_SIGNATURE_LINE"],
    ["a plus in the name", note.replace("— log", "— l+g"), "NOTE_SIGNATURE_LINE"],
    ["a wide space in the name", note.replace("— log", "— l\u3000g"), "NOTE_SIGNATURE_LINE"],
    ["no signature in the line", `${TEXT}\n— log.example/1 \n`, "NOTE_SIGNATURE_LINE"],
    ["a key ID without signature", `${TEXT}\n— log.example/1 AAAAAA==\n`, "NOTE_SIGNATURE_LINE"],
    ["base64 without padding", `${TEXT}\n${line.replace(/=+$/, "")}\n`, "BASE64_NOT_CANONICAL"],
    ["base64 for URLs", `${TEXT}\n— log.example/1 AAAA_AAA\n`, "BASE64_NOT_CANONICAL"],
    ["bits after the last byte", `${TEXT}\n— log.example/1 AAAAAAB=\n`, "BASE64_NOT_CANONICAL"],
    ["a text that is too long", signNote(`${"x".repeat(262_144)}\n`, [own.signer]), "NOTE_TOO_LARGE"],
    ["too many signatures", `${TEXT}\n${`${line}\n`.repeat(MAX_SIGNATURES + 1)}`, "NOTE_TOO_LARGE"],
  ])("%s", (_, text, code) => {
    expect(codeOf(() => parseNote(text))).toBe(code);
  });

  test("as many signatures as are allowed", () => {
    expect(parseSignatures(`${line}\n`.repeat(MAX_SIGNATURES))).toHaveLength(MAX_SIGNATURES);
  });

  test("a text that could not be read back is not signed", () => {
    for (const text of ["", "no newline", "a\u0000b\n", "\uDC00\n"])
      expect(codeOf(() => signNote(text, [own.signer]))).toBe("NOTE_MALFORMED");
  });
});

describe("verifier keys", () => {
  test("are read strictly", () => {
    const [name = "", id = "", key = ""] = own.vkey.split("+");
    const base = Buffer.from(own.vkey.slice(own.vkey.indexOf("+", name.length + 1) + 1), "base64");
    const bad = [
      "",
      name,
      `${name}+${id}`,
      `+${id}+${key}`,
      `${name}+${id.toUpperCase() === id ? "00000000" : id.toUpperCase()}+${key}`,
      own.vkey.replace(name, "log.example/2"),
      own.vkey.replace(id, "00000000"),
      `${own.vkey}=`,
      `${own.vkey}\n`,
      ` ${own.vkey}`,
      `${name}+${id}+${base.subarray(0, 32).toString("base64")}`,
      "x".repeat(5000),
    ];
    for (const text of bad) expect(codeOf(() => readVerifierKey(text))).toBe("KEY_MALFORMED");
    expect(parseVkey(own.vkey).name).toBe(name);
  });

  test.each(["", "a b", "a+b", "a\nb", "a\u3000b", "\uD800", "a".repeat(256)])("%j is no name", (name) => {
    expect(isKeyName(name)).toBe(false);
  });

  test("names of any script", () => {
    expect(isKeyName("通验.example/日志")).toBe(true);
  });
});
