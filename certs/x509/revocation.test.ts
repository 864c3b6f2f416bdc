import { describe, expect, test } from "vitest";
import { SignatureMemory } from "../crypto/memory.ts";
import type { Issued } from "../issue/certificate.ts";
import { subjectOf } from "../issue/certificate.ts";
import { issueCrl, type CrlRequest, type RevokedRequest } from "../issue/crl.ts";
import { integer, nil } from "../issue/der.ts";
import {
  crlDistributionPoints,
  generalNames,
  issuingDistributionPoint,
  type ExtensionRequest,
  type IssuingDistributionPointRequest,
} from "../issue/extensions.ts";
import { EXTENSION } from "./extensions.ts";
import type { Check } from "../reasons.ts";
import { readCertificate } from "./certificate.ts";
import { checkRevocation, type RevocationQuestion } from "./revocation.ts";
import { DAY, KINDS, NOW, code, crl, issue, keyOf, makeChain, revocation, trust, type Chain } from "./test-chain.ts";

const chain = makeChain();
const USED = NOW - 100 * DAY;
const rootCrl = crl(chain.root);
const remarks = (check: Check): string[] =>
  check.outcome === "passed" ? (check.remarks ?? []).map((remark) => remark.code) : [check.code];
const detail = (check: Check): string => (check.outcome === "passed" ? "" : check.detail);

/** The leaf's status under one CRL of its issuer, the intermediate's being known. */
const ask = (request: Partial<CrlRequest>, question: Partial<RevocationQuestion> = {}): string =>
  code(revocation(chain, [rootCrl, crl(chain.issuing, request)], question));
const askRevoked = (entry: Partial<RevokedRequest>, question: Partial<RevocationQuestion> = {}): string =>
  ask({ revoked: [{ serial: chain.leaf.certificate, at: NOW - 10 * DAY, ...entry }] }, question);

describe.each(KINDS)("status in a chain of %s", (kind) => {
  const own = makeChain({ kind });
  const other = issue("another", { kind, issuer: own.issuing });
  const list = (request: Partial<CrlRequest>): readonly Uint8Array[] => [crl(own.root), crl(own.issuing, request)];

  test("not on the CRL passes, without remarks", () => {
    expect(revocation(own, list({ revoked: [{ serial: other.certificate, at: USED - DAY }] }))).toEqual({
      outcome: "passed",
    });
  });

  test("86 revoked before the use fails, and says when and why", () => {
    const check = revocation(own, list({ revoked: [{ serial: own.leaf.certificate, at: USED - DAY, reason: 4 }] }));
    expect(check).toMatchObject({ outcome: "failed", code: "REVOKED" });
    expect(detail(check)).toContain("superseded");
    expect(detail(check)).toContain(new Date(USED - DAY).toISOString());
  });

  test("83 a CRL by another authority of the same name", () => {
    const twin = issue("issuing", { kind, ca: true, issuer: own.root, key: keyOf("twin", kind) });
    const byTwin = [crl(own.root), crl(twin)];
    expect(code(revocation(own, byTwin))).toBe("TRY_LATER");
    expect(code(revocation(own, byTwin, {}, [twin]))).toBe("TRY_LATER");
    expect(code(revocation(own, [...byTwin, crl(own.issuing)], {}, [twin]))).toBe("passed");
  });

  test("82 no CRL, or one that ended", () => {
    expect(code(revocation(own, [crl(own.root)]))).toBe("TRY_LATER");
    const stale = revocation(own, list({ thisUpdate: NOW - 40 * DAY, nextUpdate: NOW - 5 * DAY }));
    expect(code(stale)).toBe("TRY_LATER");
    expect(detail(stale)).toContain("5 days");
  });
});

describe("revoked after the use (hostile-cases 86)", () => {
  test("accepted or not, as the policy says", () => {
    expect(askRevoked({ reason: 4 })).toBe("passed");
    expect(
      remarks(
        revocation(chain, [
          rootCrl,
          crl(chain.issuing, { revoked: [{ serial: chain.leaf.certificate, at: NOW - DAY }] }),
        ]),
      ),
    ).toEqual(["REVOKED_SINCE"]);
    expect(askRevoked({ reason: 4 }, { laterRevocation: "unsure" })).toBe("REVOKED_NO_POE");
  });

  test.each([1, 2, 10])("reason %i is unsure under every policy", (reason) => {
    expect(askRevoked({ reason })).toBe("REVOKED_NO_POE");
    expect(askRevoked({ reason }, { laterRevocation: "unsure" })).toBe("REVOKED_NO_POE");
  });

  test("a proven time before it settles the matter, one after it does not", () => {
    for (const laterRevocation of ["accept", "unsure"] as const) {
      expect(askRevoked({ reason: 1 }, { provenAt: NOW - 11 * DAY, laterRevocation })).toBe("passed");
      expect(askRevoked({ reason: 1 }, { provenAt: NOW - 10 * DAY, laterRevocation })).toBe("REVOKED_NO_POE");
    }
    expect(askRevoked({ reason: 4 }, { provenAt: NOW - 9 * DAY, laterRevocation: "unsure" })).toBe("REVOKED_NO_POE");
  });

  test("from invalidityDate on it counts as revoked", () => {
    expect(askRevoked({ reason: 1, invalidFrom: USED })).toBe("REVOKED");
    expect(askRevoked({ reason: 4, invalidFrom: USED - DAY })).toBe("REVOKED");
    expect(askRevoked({ reason: 4, invalidFrom: USED + DAY })).toBe("passed");
    expect(askRevoked({ reason: 1, invalidFrom: USED + DAY }, { provenAt: USED + 2 * DAY })).toBe("REVOKED_NO_POE");
  });

  test("at the very moment is before", () => {
    expect(askRevoked({ at: USED })).toBe("REVOKED");
    expect(askRevoked({ at: USED + 1000 })).toBe("passed");
  });
});

describe("on hold (hostile-cases 87)", () => {
  test.each([6, 8])("reason %i is unsure, whenever it began", (reason) => {
    expect(askRevoked({ reason, at: USED - DAY })).toBe("ON_HOLD");
    expect(askRevoked({ reason })).toBe("ON_HOLD");
  });

  test("a newer CRL without the entry lifts it", () => {
    const held = crl(chain.issuing, {
      thisUpdate: NOW - 5 * DAY,
      revoked: [{ serial: chain.leaf.certificate, at: USED, reason: 6 }],
    });
    expect(code(revocation(chain, [rootCrl, held]))).toBe("ON_HOLD");
    expect(code(revocation(chain, [rootCrl, held, crl(chain.issuing)]))).toBe("passed");
    expect(code(revocation(chain, [rootCrl, crl(chain.issuing), held]))).toBe("passed");
  });
});

describe("CRLs that do not speak for the certificate (hostile-cases 82, 83)", () => {
  const AT = "http://crl.example.cn/1.crl";
  const scoped = (scope: IssuingDistributionPointRequest, leaf: readonly ExtensionRequest[] = []): string => {
    const own: Chain = { ...chain, leaf: issue("leaf", { issuer: chain.issuing, extensions: leaf }) };
    return code(revocation(own, [rootCrl, crl(chain.issuing, { extensions: [issuingDistributionPoint(scope)] })]));
  };

  test.each<[string, Partial<CrlRequest>, string]>([
    ["a good one", {}, "passed"],
    ["of a later time", { thisUpdate: NOW + DAY }, "TRY_LATER"],
    ["ended just now", { nextUpdate: NOW }, "TRY_LATER"],
    ["unknown critical extension", { extensions: [{ oid: "1.2.3", critical: true, value: nil() }] }, "TRY_LATER"],
    ["unknown extension", { extensions: [{ oid: "1.2.3", value: nil() }] }, "passed"],
    [
      "delta without base",
      { extensions: [{ oid: EXTENSION.deltaCrlIndicator, critical: true, value: integer(1) }] },
      "TRY_LATER",
    ],
    ["signed by nobody", { spoilt: { sign: (tbs) => keyOf("somebody").sign(tbs) } }, "TRY_LATER"],
    ["of another issuer's name", { spoilt: { issuer: subjectOf(chain.root.certificate) } }, "TRY_LATER"],
    ["for attribute certificates", { extensions: [issuingDistributionPoint({ only: "attribute" })] }, "TRY_LATER"],
    ["for authorities", { extensions: [issuingDistributionPoint({ only: "ca" })] }, "TRY_LATER"],
    ["for users", { extensions: [issuingDistributionPoint({ only: "user" })] }, "passed"],
    ["for some reasons", { extensions: [issuingDistributionPoint({ someReasons: [1, 2] })] }, "TRY_LATER"],
  ])("%s", (_, request, expected) => expect(ask(request)).toBe(expected));

  test("without nextUpdate", () => {
    const endless = issueCrl({ issuer: chain.issuing, thisUpdate: NOW - DAY, revoked: [] });
    expect(code(revocation(chain, [rootCrl, endless]))).toBe("TRY_LATER");
  });

  test("a partition speaks for its own certificates", () => {
    expect(scoped({ uri: AT }, [crlDistributionPoints(AT)])).toBe("passed");
    expect(scoped({ uri: AT }, [crlDistributionPoints("http://a.cn", AT)])).toBe("passed");
    expect(scoped({ uri: AT }, [crlDistributionPoints("http://crl.example.cn/2.crl")])).toBe("TRY_LATER");
    expect(scoped({ uri: AT })).toBe("TRY_LATER");
    expect(scoped({}, [crlDistributionPoints(AT)])).toBe("passed");
  });

  test("an issuer without cRLSign", () => {
    const own = makeChain({ issuing: { keyUsage: [5] } });
    expect(code(revocation(own, [crl(own.root), crl(own.issuing)]))).toBe("TRY_LATER");
    const plain = makeChain({ issuing: { omit: [EXTENSION.keyUsage] } });
    expect(code(revocation(plain, [crl(plain.root), crl(plain.issuing)]))).toBe("passed");
  });

  test("a key that the issuer certified for CRLs", () => {
    const delegate = (keyUsage: readonly number[], issuer: Issued = chain.issuing): Issued =>
      issue("issuing", { issuer, keyUsage, key: keyOf("crl") });
    const good = delegate([6]);
    expect(code(revocation(chain, [rootCrl, crl(good)], {}, [good]))).toBe("passed");
    expect(code(revocation(chain, [rootCrl, crl(good)]))).toBe("TRY_LATER");
    const wrong = delegate([0]);
    expect(code(revocation(chain, [rootCrl, crl(wrong)], {}, [wrong]))).toBe("TRY_LATER");
    const foreign = delegate([6], issue("issuing", { ca: true, key: keyOf("twin") }));
    expect(code(revocation(chain, [rootCrl, crl(foreign)], {}, [foreign]))).toBe("TRY_LATER");
  });

  test("what ended or is partial still speaks against", () => {
    const revoked = [{ serial: chain.leaf.certificate, at: USED - DAY }];
    expect(ask({ revoked, thisUpdate: NOW - 40 * DAY, nextUpdate: NOW - DAY })).toBe("REVOKED");
    expect(ask({ revoked, extensions: [issuingDistributionPoint({ someReasons: [1] })] })).toBe("REVOKED");
    expect(ask({ revoked, spoilt: { sign: (tbs) => keyOf("somebody").sign(tbs) } })).toBe("TRY_LATER");
  });

  test("all partitions are asked", () => {
    const other = crl(chain.issuing, {
      extensions: [issuingDistributionPoint({ only: "user" })],
      revoked: [{ serial: chain.leaf.certificate, at: USED }],
    });
    expect(code(revocation(chain, [rootCrl, crl(chain.issuing), other]))).toBe("REVOKED");
  });
});

describe("indirect CRLs", () => {
  const issuer = (name: Issued): ExtensionRequest => ({
    oid: EXTENSION.certificateIssuer,
    critical: true,
    value: generalNames({ directory: subjectOf(name.certificate) }),
  });
  const indirect = (extensions: readonly ExtensionRequest[]): string =>
    ask({
      extensions: [issuingDistributionPoint({ indirect: true })],
      revoked: [{ serial: chain.leaf.certificate, at: USED, extensions }],
    });

  test("an entry counts for the issuer that it names", () => {
    expect(indirect([issuer(chain.issuing)])).toBe("REVOKED");
    expect(indirect([issuer(chain.root)])).toBe("passed");
  });
  test("an entry that names none makes the CRL useless here", () => expect(indirect([])).toBe("TRY_LATER"));
});

describe("delta CRLs", () => {
  const delta = (base: number, number: number, revoked: readonly RevokedRequest[]): Uint8Array =>
    crl(chain.issuing, {
      number,
      revoked,
      extensions: [{ oid: EXTENSION.deltaCrlIndicator, critical: true, value: integer(base) }],
    });
  const entry = { serial: chain.leaf.certificate, at: USED };
  const base = crl(chain.issuing, { number: 5 });

  test("speak against beside their base only", () => {
    expect(code(revocation(chain, [rootCrl, base, delta(5, 6, [entry])]))).toBe("REVOKED");
    expect(code(revocation(chain, [rootCrl, base, delta(5, 6, [])]))).toBe("passed");
    expect(code(revocation(chain, [rootCrl, base, delta(6, 7, [entry])]))).toBe("passed");
    expect(code(revocation(chain, [rootCrl, base, delta(4, 5, [entry])]))).toBe("passed");
    expect(code(revocation(chain, [rootCrl, delta(5, 6, [entry])]))).toBe("TRY_LATER");
  });
});

describe("authorities", () => {
  const leafCrl = crl(chain.issuing);
  const revokedCa = (entry: Partial<RevokedRequest>): Uint8Array =>
    crl(chain.root, { revoked: [{ serial: chain.issuing.certificate, at: NOW - 10 * DAY, ...entry }] });

  test("without a CRL: a remark or unsure, as the policy says", () => {
    expect(remarks(revocation(chain, [leafCrl]))).toEqual(["CA_STATUS_UNKNOWN"]);
    expect(code(revocation(chain, [leafCrl], { caStatus: "require" }))).toBe("TRY_LATER");
    expect(code(revocation(chain, [leafCrl, rootCrl], { caStatus: "require" }))).toBe("passed");
  });

  test("revoked: as for the leaf", () => {
    expect(code(revocation(chain, [leafCrl, revokedCa({ at: USED })]))).toBe("REVOKED");
    expect(code(revocation(chain, [leafCrl, revokedCa({ reason: 2 })]))).toBe("REVOKED_NO_POE");
    expect(remarks(revocation(chain, [leafCrl, revokedCa({ reason: 4 })]))).toEqual(["REVOKED_SINCE"]);
    expect(code(revocation(chain, [leafCrl, revokedCa({ reason: 6 })]))).toBe("ON_HOLD");
  });

  test("a CRL for users says nothing about them", () => {
    const users = crl(chain.root, { extensions: [issuingDistributionPoint({ only: "user" })] });
    expect(remarks(revocation(chain, [leafCrl, users]))).toEqual(["CA_STATUS_UNKNOWN"]);
  });

  test("a failed leaf outweighs an unsure authority and the reverse", () => {
    const revoked = crl(chain.issuing, { revoked: [{ serial: chain.leaf.certificate, at: USED }] });
    expect(code(revocation(chain, [revoked], { caStatus: "require" }))).toBe("REVOKED");
    expect(code(revocation(chain, [revokedCa({ at: USED })]))).toBe("REVOKED");
  });
});

test("a certificate that is its own anchor needs no CRL", () => {
  const own = issue("self");
  const question = {
    usedAt: USED,
    now: NOW,
    provenAt: null,
    laterRevocation: "unsure",
    caStatus: "require",
    endedStatus: "require",
  } as const;
  const check = checkRevocation([readCertificate(own.certificate)], {
    ...question,
    trust: trust({ certificates: [own] }),
    memory: new SignatureMemory(),
  });
  expect(check).toEqual({ outcome: "passed" });
});

test("a certificate that has ended since is asked like any other", () => {
  const own = makeChain({ leaf: { notAfter: NOW - DAY } });
  expect(code(revocation(own, [rootCrl, crl(own.issuing)]))).toBe("passed");
});
