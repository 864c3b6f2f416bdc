import { describe, expect, test } from "vitest";
import { generateKey } from "../issue/keys.ts";
import { issueCertificate } from "../issue/certificate.ts";
import { TrustArchiveError, readTrustArchive, trustArchiveName, writeTrustArchive } from "./archive.ts";
import { buildTrustSnapshot } from "./snapshot.ts";

const root = issueCertificate({
  subject: [["CN", "Archive Root"]],
  key: generateKey("SM2"),
  notBefore: Date.UTC(2026, 0),
  notAfter: Date.UTC(2036, 0),
  ca: true,
});
const MATERIAL = [
  { name: "root.cer", bytes: root.certificate },
  { name: "trust.json", bytes: new TextEncoder().encode("{}") },
];

describe("saved trust snapshots", () => {
  test("come back as they were", () => {
    const material = readTrustArchive(writeTrustArchive(MATERIAL));
    expect(material.map(({ name, bytes }) => [name, Buffer.from(bytes).toString("hex")])).toEqual(
      MATERIAL.map(({ name, bytes }) => [name, Buffer.from(bytes).toString("hex")]),
    );
    expect(buildTrustSnapshot(material).digest).toBe(buildTrustSnapshot(MATERIAL).digest);
    expect(readTrustArchive(writeTrustArchive([]))).toEqual([]);
  });

  test("a file's name is the bare digest", () => {
    expect(trustArchiveName(`sha256:${"0".repeat(64)}`)).toBe(`${"0".repeat(64)}.json`);
  });

  const archive = JSON.parse(writeTrustArchive(MATERIAL)) as { digest: string; files: { base64: string }[] };
  const [first] = archive.files;

  test.each([
    ["no JSON", "{"],
    ["another form", "[]"],
    ["null", "null"],
    ["no files", JSON.stringify({ digest: archive.digest })],
    ["another digest", JSON.stringify({ ...archive, digest: `sha256:${"0".repeat(64)}` })],
    ["a file less", JSON.stringify({ ...archive, files: [first] })],
    ["a file that is null", JSON.stringify({ ...archive, files: [null] })],
    ["a file without bytes", JSON.stringify({ ...archive, files: [{ name: "root.cer" }] })],
    ["no base64", JSON.stringify({ ...archive, files: [{ name: "root.cer", base64: "@@@@" }] })],
    ["sloppy base64", JSON.stringify({ ...archive, files: [{ name: "root.cer", base64: `${first?.base64}=` }] })],
  ])("%s is refused", (_, text) => expect(() => readTrustArchive(text)).toThrow(TrustArchiveError));
});
