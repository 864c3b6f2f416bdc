import { describe, expect, it } from "vitest";
import { TAG } from "../../certs/bytes/der.ts";
import {
  type CertificateRequest,
  type Issued,
  issueCertificate,
  keyIdentifierOf,
} from "../../certs/issue/certificate.ts";
import { issueCrl } from "../../certs/issue/crl.ts";
import { der, integer, octets, oid, sequence, utf8 } from "../../certs/issue/der.ts";
import {
  basicConstraints,
  encodeName,
  nameConstraints,
  subjectAltName,
  subjectKeyIdentifier,
} from "../../certs/issue/extensions.ts";
import { EXTENSION } from "../../certs/x509/extensions.ts";
import { generateKey } from "../../certs/issue/keys.ts";
import { DAY, issueSigner } from "../../certs/issue/pki.ts";
import { type Document, NOW, type Row, SIGNED, SIGNED_VALUE, Scene, put } from "./scene.ts";

// Cases 68 to 80 of the hostile inputs: certificates above the signer, and what stands in them.
const scene = new Scene();
const { pki } = scene;
const { anhui, shache } = pki.authorities;

const invalid = "FAILED CHAIN_INVALID CHAIN_CONSTRAINTS_FAILURE";
const malformed = "FAILED CERTIFICATE_MALFORMED CHAIN_CONSTRAINTS_FAILURE";
const forbidden = "FAILED ALGORITHM_FORBIDDEN CRYPTO_CONSTRAINTS_FAILURE";
const untrusted = "INDETERMINATE NO_TRUST NO_CERTIFICATE_CHAIN_FOUND";
const unknown = "INDETERMINATE CRITICAL_EXTENSION CERTIFICATE_CHAIN_GENERAL_FAILURE";
const DECADE = { notBefore: NOW - 700 * DAY, notAfter: NOW + 3000 * DAY };
const TWO_32 = 2n ** 32n;

type Links = {
  readonly middle?: Partial<CertificateRequest>;
  readonly leaf?: Partial<CertificateRequest>;
  readonly above?: Issued;
};

/** Root, an authority of the attacker's shaping, and a signer of his: both certificates come with the document. */
function row(title: string, answer: string, { middle: request, leaf: leafRequest, above = pki.root }: Links): Row {
  const middle = issueCertificate({
    ...DECADE,
    subject: [
      ["C", "CN"],
      ["CN", "示例二级证书"],
    ],
    key: generateKey("SM2"),
    issuer: above,
    ca: true,
    ...request,
  });
  const leaf = issueSigner({ now: NOW, issuing: middle }, shache, leafRequest);
  const crl = issueCrl({ issuer: middle, thisUpdate: NOW - DAY, nextUpdate: NOW + DAY, revoked: [] });
  const document = (): Document =>
    scene.card({ signers: [leaf], certificates: [leaf.certificate, middle.certificate] });
  return [title, answer, document, { trust: scene.trust({ "middle.crl": crl }) }];
}

describe("68 to 72: rules for the certificates of a path", () => {
  const critical = { oid: "1.2.3.4.5", critical: true, value: utf8("x") };
  const chinese = encodeName([["C", "CN"]]);
  const foreign = encodeName([
    ["C", "CN"],
    ["O", "别的机构"],
  ]);
  const host = [subjectAltName({ dns: "seal.example.cn" })];
  scene.expectAnswers([
    row("68 an intermediate without basicConstraints", invalid, { middle: { omit: [EXTENSION.basicConstraints] } }),
    row("68 a signer who certifies another one", invalid, { middle: { ca: false } }),
    row("68 the same below the issuing authority", invalid, { middle: { ca: false }, above: pki.issuing }),
    row("68 near: an authority below the root", "PASSED", {}),
    row("69 an authority below one that may have none (pathLenConstraint)", invalid, { above: pki.issuing }),
    row("69 CA:FALSE, keyCertSign set", invalid, { middle: { ca: false, keyUsage: [5, 6] } }),
    row("69 CA:TRUE, keyCertSign not set", invalid, { middle: { keyUsage: [0, 6] } }),
    row("69 near: an authority of path length 0 with a signer below it", "PASSED", {
      middle: { ca: { pathLength: 0 } },
    }),
    row("70 names outside the permitted subtree", invalid, {
      middle: { extensions: [nameConstraints({ permitted: [{ directory: foreign }] })] },
    }),
    row("70 names in an excluded subtree", invalid, {
      middle: { extensions: [nameConstraints({ excluded: [{ directory: chinese }] })] },
    }),
    row("70 a host outside the permitted domain", invalid, {
      middle: { extensions: [nameConstraints({ permitted: [{ dns: "example.org" }] })] },
      leaf: { extensions: host },
    }),
    row("70 near: names inside the permitted subtree", "PASSED", {
      middle: { extensions: [nameConstraints({ permitted: [{ directory: chinese }, { dns: "example.cn" }] })] },
      leaf: { extensions: host },
    }),
    row("71 an unknown critical extension of the signer", unknown, { leaf: { extensions: [critical] } }),
    row("71 of the authority", unknown, { middle: { extensions: [critical] } }),
    row("71 near: the same, not critical", "PASSED", {
      middle: { extensions: [{ ...critical, critical: false }] },
      leaf: { extensions: [{ ...critical, critical: false }] },
    }),
    row("72 the authority had ended when it was signed", "INDETERMINATE CHAIN_EXPIRED OUT_OF_BOUNDS_NO_POE", {
      middle: { notAfter: SIGNED - DAY },
    }),
    row("72 the authority had not begun", "INDETERMINATE CHAIN_EXPIRED OUT_OF_BOUNDS_NO_POE", {
      middle: { notBefore: SIGNED + DAY },
    }),
    row("72 near: the authority has ended since", "PASSED CERTIFICATE_ENDED_SINCE STATUS_AFTER_END TIME_CLAIMED", {
      middle: { notAfter: SIGNED + DAY },
    }),
  ]);
});

describe("73: graphs of certificates", () => {
  const bag = (leaf: Issued, others: readonly Issued[]): Document =>
    scene.card({ signers: [leaf], certificates: [leaf, ...others].map(({ certificate }) => certificate) });
  const named = (name: string, issuer?: Issued, key = generateKey("SM2")): Issued =>
    issueCertificate({ ...DECADE, subject: [["CN", name]], key, ca: true, ...(issuer !== undefined && { issuer }) });
  const signer = (issuing: Issued): Issued => issueSigner({ now: NOW, issuing }, shache);

  const loop = (): Document => {
    const [a, b] = [named("甲"), named("乙")];
    return bag(signer(a), [named("甲", b, a.key), named("乙", a, b.key)]);
  };
  /** Five floors of four keys under one name, each certified by all four of the floor above: 4⁵ paths, none to an anchor. */
  const maze = (): Document => {
    let below = Array.from({ length: 4 }, () => named("第0层"));
    const [first] = below;
    if (first === undefined) throw new Error("an empty floor");
    const others: Issued[] = [];
    for (let floor = 1; floor < 6; floor++) {
      const above = Array.from({ length: 4 }, () => named(`第${floor}层`));
      others.push(...above.flatMap((issuer) => below.map(({ key }) => named(`第${floor - 1}层`, issuer, key))));
      below = above;
    }
    return bag(signer(first), others);
  };
  const crowd = (): Document => {
    const one = named("众");
    return bag(
      shache.signer,
      Array.from({ length: 10_000 }, (_, n) => ({ ...one, certificate: sequence(integer(n)) })),
    );
  };
  scene.expectAnswers([
    ["73 two authorities that certify each other", untrusted, loop],
    ["73 4⁵ paths", "INDETERMINATE PATH_BUDGET CERTIFICATE_CHAIN_GENERAL_FAILURE", maze],
    ["73 a bag of 10 000 certificates", "REFUSED DER_HOSTILE", crowd],
    [
      "73 near: the path comes with the document, root and all",
      "PASSED",
      () => bag(shache.signer, [pki.issuing, pki.root]),
    ],
  ]);
});

describe("74 to 77: keys, algorithms, versions, numbers", () => {
  const issuingName = [
    ["C", "CN"],
    ["O", "示例电子认证中心"],
    ["CN", "示例签发证书"],
  ] as const;
  const authority = (change: Partial<CertificateRequest>): Issued =>
    issueCertificate({ ...DECADE, subject: issuingName, key: generateKey("SM2"), ca: true, ...change });
  const impostor = authority({ extensions: [subjectKeyIdentifier(keyIdentifierOf(pki.issuing))] });
  const rekeyed = authority({ issuer: pki.root });
  const by = (issuing: Issued): Document => {
    const leaf = issueSigner({ now: NOW, issuing }, shache);
    return scene.card({ signers: [leaf], certificates: [leaf.certificate, issuing.certificate] });
  };
  const crlOf = (issuer: Issued): Uint8Array =>
    issueCrl({ issuer, thisUpdate: NOW - DAY, nextUpdate: NOW + DAY, revoked: [] });
  const signed = (change: Partial<CertificateRequest>): Document => scene.signedBy(issueSigner(pki, anhui, change));
  const algorithm = (id: string): Uint8Array => sequence(oid(id));
  const wrapped = (id: string, last: bigint): string => `${id}.${last + TWO_32}`;
  const sm2Null = sequence(oid("1.2.156.10197.1.501"), der(TAG.null));
  const { value } = basicConstraints(true);
  scene.expectAnswers([
    [
      "74 an authority of the same name and key identifier, another key",
      "FAILED CHAIN_FORGED CHAIN_CONSTRAINTS_FAILURE",
      () => by(impostor),
    ],
    [
      "74 near: the authority has a second key, which the root certified",
      "PASSED",
      () => by(rekeyed),
      { trust: scene.trust({ "rekeyed.crl": crlOf(rekeyed) }) },
    ],
    [
      "75 another algorithm outside than inside",
      malformed,
      () => signed({ spoilt: { outerAlgorithm: algorithm("1.2.840.10045.4.3.2") } }),
    ],
    [
      "75 another one inside than outside",
      malformed,
      () => signed({ spoilt: { innerAlgorithm: algorithm("1.2.840.10045.4.3.2") } }),
    ],
    [
      "75 near: NULL parameters outside and inside",
      "PASSED",
      () => signed({ spoilt: { outerAlgorithm: sm2Null, innerAlgorithm: sm2Null } }),
    ],
    row("76 an authority of version 1", invalid, { middle: { spoilt: { version: 1 } } }),
    ["76 serial number 0", malformed, () => signed({ spoilt: { serial: integer(0) } })],
    ["76 a negative serial number", malformed, () => signed({ spoilt: { serial: integer(-5) } })],
    ["76 a serial number of 21 octets", malformed, () => signed({ spoilt: { serial: integer(1n << 160n) } })],
    [
      "76 near: a serial number of 20 octets",
      "PASSED",
      () => signed({ spoilt: { serial: integer((1n << 159n) - 1n) } }),
    ],
    [
      "77 an algorithm whose last arc is SM2 modulo 2³²",
      forbidden,
      () => {
        const wide = algorithm(wrapped("1.2.156.10197.1", 501n));
        return signed({ spoilt: { innerAlgorithm: wide, outerAlgorithm: wide } });
      },
    ],
    ["77 the same in the signature", forbidden, () => scene.sealed({ signatureOid: wrapped("1.2.156.10197.1", 501n) })],
    ["77 modulo 2⁶⁴", forbidden, () => scene.sealed({ signatureOid: `1.2.156.10197.1.${501n + 2n ** 64n}` })],
    row("77 basicConstraints modulo 2³²", invalid, {
      middle: { omit: [EXTENSION.basicConstraints], extensions: [{ oid: wrapped("2.5.29", 19n), value }] },
    }),
    row("77 near: an extension of such a number beside the right one", "PASSED", {
      middle: { extensions: [{ oid: wrapped("2.5.29", 19n), value }] },
    }),
  ]);
});

describe("78: hostile encodings", () => {
  const nested = (depth: number): Uint8Array => {
    let value: Uint8Array = der(TAG.null);
    for (let n = 0; n < depth; n++) value = sequence(value);
    return value;
  };
  const value = (bytes: Uint8Array): Document => put(scene.sealed(), { [SIGNED_VALUE]: bytes });
  const attribute = sequence(oid("2.5.4.3"), utf8("x"));
  const twice = sequence(der(TAG.set, attribute, attribute));
  const hostile = "REFUSED DER_HOSTILE";
  const signed = (change: Partial<CertificateRequest>): Document => scene.signedBy(issueSigner(pki, anhui, change));
  scene.expectAnswers([
    ["78 5 000 deep", hostile, () => value(nested(5000))],
    ["78 of indefinite length", hostile, () => value(Buffer.from([0x30, 0x80, 0x05, 0, 0, 0]))],
    ["78 a name with two equal members of a SET", hostile, () => signed({ spoilt: { subject: twice } })],
    [
      "78 an extension 5 000 deep",
      hostile,
      () => signed({ extensions: [{ oid: EXTENSION.subjectAltName, value: nested(5000) }] }),
    ],
    [
      "78 a certificate that is none",
      malformed,
      () => scene.signedBy({ ...anhui.signer, certificate: octets(Buffer.from("x")) }),
    ],
    [
      "78 near: a picture that would be hostile DER is just a picture",
      "PASSED",
      () => scene.withSeal({ picture: { type: "PNG", bytes: nested(5000), width: 40, height: 40 } }),
    ],
  ]);
});

describe("79 and 80: names that deceive, trust that one brings along", () => {
  const deceptive = "FAILED DECEPTIVE_NAME SIG_CONSTRAINTS_FAILURE";
  const called = (organisation: string): Document =>
    scene.signedBy(
      issueSigner(pki, anhui, {
        subject: [
          ["C", "CN"],
          ["O", anhui.code + organisation],
          ["CN", "示例"],
        ],
      }),
    );
  const sealCalled = (name: string): Document => scene.withSeal({ name });
  const own = issueCertificate({ ...DECADE, subject: [["CN", "自签"]], key: generateKey("SM2") });
  const ownRoot = issueCertificate({ ...DECADE, subject: [["CN", "自建根"]], key: generateKey("SM2"), ca: true });
  const below = issueSigner({ now: NOW, issuing: ownRoot }, shache);
  scene.expectAnswers([
    ["79 a NUL after the name of a known body", deceptive, () => called("国家税务总局\0.example")],
    ["79 a radical in place of a character (⽂ for 文)", deceptive, () => called("示例市⽂化局")],
    ["79 a compatibility ideograph", deceptive, () => called("示例市\u{F9B5}局")],
    ["79 written backwards", deceptive, () => called("局\u202E务税家国")],
    ["79 a Cyrillic letter among Latin ones", deceptive, () => called("Bеijing Tax")],
    ["79 an invisible character in the seal's name", deceptive, () => sealCalled("国家税务\u200B总局")],
    ["79 near: the authority's own name", "PASSED", () => called(anhui.name)],
    [
      "79 near: brackets, letters and digits in a seal's name",
      "PASSED",
      () => sealCalled("国家税务总局（示例）No.3 税务局"),
    ],
    ["80 a self-signed certificate", untrusted, () => scene.signedBy(own)],
    ["80 a self-signed certificate in the document's own bag", untrusted, () => scene.card({ signers: [own] })],
    [
      "80 a whole hierarchy of one's own",
      untrusted,
      () => scene.card({ signers: [below], certificates: [below.certificate, ownRoot.certificate] }),
    ],
    [
      "80 near: the same root in the trust directory",
      "PASSED",
      () => scene.card({ signers: [below] }),
      {
        trust: scene.trust({
          "own.cer": ownRoot.certificate,
          "own.crl": issueCrl({ issuer: ownRoot, thisUpdate: NOW - DAY, nextUpdate: NOW + DAY, revoked: [] }),
        }),
      },
    ],
  ]);

  it("79 the report shows the credit code beside the name", () => {
    const { signer } = scene.report(called(anhui.name)).signatures[0] ?? {};
    expect(signer?.organisationCode).toBe(anhui.code);
  });
});
