import { describe, expect, test } from "vitest";
import { sequence, oid, nil } from "../issue/der.ts";
import { encodeName } from "../issue/extensions.ts";
import { generateKey } from "../issue/keys.ts";
import { NOW, crl, issue, makeChain } from "../x509/test-chain.ts";
import { TrustError, buildTrustSnapshot, emptyTrust, type TrustMaterial } from "./snapshot.ts";

const chain = makeChain();
const pem = (label: string, der: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString("base64").replaceAll(/.{64}/g, "$&\n")}\n-----END ${label}-----\n`;
const file = (name: string, bytes: Uint8Array | string): TrustMaterial[number] => ({ name, bytes: Buffer.from(bytes) });
const root = file("root.cer", chain.root.certificate);
const issuing = file("issuing.crt", chain.issuing.certificate);
const settings = (value: unknown): TrustMaterial[number] => file("trust.json", JSON.stringify(value));

const refusal = (...files: TrustMaterial): TrustError => {
  try {
    buildTrustSnapshot(files);
  } catch (error) {
    if (error instanceof TrustError) return error;
    throw error;
  }
  throw new Error("no refusal");
};

describe("a snapshot", () => {
  test("tells anchors from intermediates by their own signature", () => {
    const trust = buildTrustSnapshot([root, issuing, file("a.crl", crl(chain.issuing))]);
    expect(trust.anchors.map(({ certificate }) => certificate.subject.attribute("2.5.4.3"))).toEqual(["root"]);
    expect(trust.intermediates.map(({ subject }) => subject.attribute("2.5.4.3"))).toEqual(["issuing"]);
    expect(trust.crls).toHaveLength(1);
    expect([...(trust.anchors[0]?.uses ?? [])]).toEqual(["seal-maker", "signer", "time-stamp"]);
    expect(trust.anchors[0]).toMatchObject({ regions: null, licenceTypes: null, from: null, to: null });
  });

  test("reads PEM, several certificates in a file, CRLs in PEM", () => {
    const both = pem("CERTIFICATE", chain.root.certificate) + pem("CERTIFICATE", chain.issuing.certificate);
    const trust = buildTrustSnapshot([
      file("both.pem", `# root\r\n${both.replaceAll("\n", "\r\n")}`),
      file("a.crl", pem("X509 CRL", crl(chain.issuing))),
    ]);
    expect([trust.anchors.length, trust.intermediates.length, trust.crls.length]).toEqual([1, 1, 1]);
  });

  test("counts a certificate in two files once", () => {
    expect(
      buildTrustSnapshot([root, file("again.pem", pem("CERTIFICATE", chain.root.certificate))]).anchors,
    ).toHaveLength(1);
  });

  test("self-issued is not self-signed", () => {
    const rollover = issue("root", { ca: true, issuer: chain.root, key: generateKey("SM2") });
    const trust = buildTrustSnapshot([root, file("new.cer", rollover.certificate)]);
    expect([trust.anchors.length, trust.intermediates.length]).toEqual([1, 1]);
  });

  test("a certificate that names another issuer is no anchor, though its own key signed it", () => {
    const odd = issue("odd", { ca: true, spoilt: { issuer: encodeName([["CN", "somebody else"]]) } });
    const trust = buildTrustSnapshot([file("odd.cer", odd.certificate)]);
    expect([trust.anchors.length, trust.intermediates.length]).toEqual([0, 1]);
  });

  test("its digest is over names and bytes, whatever the order", () => {
    const digest = (...files: TrustMaterial): string => buildTrustSnapshot(files).digest;
    expect(digest(root, issuing)).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(digest(root, issuing)).toBe(digest(issuing, root));
    expect(digest(root)).not.toBe(digest(root, issuing));
    expect(digest(root)).not.toBe(digest({ ...root, name: "other.cer" }));
    expect(emptyTrust()).toMatchObject({ anchors: [], intermediates: [], crls: [], revokedSeals: [] });
  });

  test("survives a structured clone of its material", () => {
    const trust = buildTrustSnapshot([root, issuing]);
    expect(buildTrustSnapshot(structuredClone(trust.material)).digest).toBe(trust.digest);
  });
});

describe("trust.json", () => {
  test("narrows an anchor by file name or digest", () => {
    const own = {
      uses: ["signer"],
      regions: ["340000"],
      licenceTypes: ["11100000MB03271699001"],
      from: "2020-01-01T00:00:00+08:00",
      to: "2030-12-31",
    };
    const expected = {
      regions: ["340000"],
      licenceTypes: ["11100000MB03271699001"],
      from: Date.UTC(2019, 11, 31, 16),
      to: Date.UTC(2030, 11, 31, 15, 59, 59, 999),
    };
    for (const name of ["root.cer", buildTrustSnapshot([root]).anchors[0]?.certificate.sha256 ?? ""]) {
      const [anchor] = buildTrustSnapshot([root, settings({ anchors: { [name]: own } })]).anchors;
      expect(anchor).toMatchObject(expected);
      expect([...(anchor?.uses ?? [])]).toEqual(["signer"]);
    }
  });

  test("lists withdrawn seals", () => {
    const seals = [{ id: "34000000000001" }, { id: "2", at: "2026-01-01T00:00:00Z" }];
    expect(buildTrustSnapshot([settings({ revokedSeals: seals })]).revokedSeals).toEqual([
      { id: "34000000000001", at: null },
      { id: "2", at: Date.UTC(2026) },
    ]);
  });

  test.each<[string, unknown]>([
    ["an unknown member", { anchor: {} }],
    ["an unknown member of an anchor", { anchors: { "root.cer": { use: ["signer"] } } }],
    ["an unknown use", { anchors: { "root.cer": { uses: ["sign"] } } }],
    ["uses as a text", { anchors: { "root.cer": { uses: "signer" } } }],
    ["a region as a number", { anchors: { "root.cer": { regions: [340000] } } }],
    ["an anchor that is not there", { anchors: { "other.cer": {} } }],
    ["an intermediate as anchor", { anchors: { "issuing.crt": {} } }],
    ["a day that does not exist", { anchors: { "root.cer": { to: "2030-02-30" } } }],
    ["a time without zone", { anchors: { "root.cer": { to: "2030-01-01T00:00:00" } } }],
    ["null for a time", { anchors: { "root.cer": { to: null } } }],
    ["a list", []],
    ["a seal without number", { revokedSeals: [{ at: "2026-01-01T00:00:00Z" }] }],
    ["an unknown member of a seal", { revokedSeals: [{ id: "1", reason: "x" }] }],
    [
      "name and digest of one anchor",
      { anchors: { "root.cer": {}, [buildTrustSnapshot([root]).anchors[0]?.certificate.sha256 ?? ""]: {} } },
    ],
  ])("%s is refused", (_, value) => expect(refusal(root, issuing, settings(value)).file).toBe("trust.json"));

  test("a prototype is no member", () => {
    expect(refusal(root, file("trust.json", '{"__proto__": {}}')).message).toContain("__proto__");
    expect(refusal(root, file("trust.json", '{"anchors": {"__proto__": {}}}')).message).toContain("__proto__");
  });

  test("what is no JSON is refused", () =>
    expect(refusal(file("trust.json", "{")).message).toBe("trust.json: not JSON in UTF-8"));
});

describe("a bad file is named", () => {
  const old = sequence(oid("1.2.840.113549.1.1.5"), nil());
  test.each<[string, Uint8Array | string]>([
    ["empty.cer", ""],
    ["text.pem", "hello"],
    ["cut.cer", chain.root.certificate.subarray(0, -1)],
    ["key.pem", pem("PRIVATE KEY", Buffer.of(0x30, 0))],
    ["mixed.pem", pem("CERTIFICATE", chain.root.certificate) + pem("X509 CRL", crl(chain.root))],
    ["broken.pem", pem("CERTIFICATE", chain.root.certificate).replace("-----END CERTIFICATE", "-----END CERT")],
    ["base64.pem", pem("CERTIFICATE", chain.root.certificate).replace("M", "M=")],
    ["certificate.crl", chain.root.certificate],
    ["list.cer", crl(chain.root)],
    ["old.cer", issue("old", { spoilt: { innerAlgorithm: old, outerAlgorithm: old } }).certificate],
    ["notes.txt", "hello"],
  ])("%s", (name, bytes) => {
    const error = refusal(root, file(name, bytes));
    expect(error).toMatchObject({ name: "TrustError", file: name });
    expect(error.message.startsWith(`${name}: `)).toBe(true);
  });

  test("two files of one name", () => expect(refusal(root, root).file).toBe("root.cer"));
});

test("an anchor of the past and of the future loads: the time is asked when it is used", () => {
  const ended = issue("ended", { ca: true, notAfter: NOW - 1 });
  expect(buildTrustSnapshot([file("ended.cer", ended.certificate)]).anchors).toHaveLength(1);
});
