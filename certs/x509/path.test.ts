import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { SignatureMemory } from "../crypto/memory.ts";
import { nil, oid, sequence } from "../issue/der.ts";
import {
  authorityKeyIdentifier,
  extendedKeyUsage,
  generalName,
  keyIdentifier,
  nameConstraints,
  subjectKeyIdentifier,
} from "../issue/extensions.ts";
import { EXTENSION } from "./extensions.ts";
import type { Issued } from "../issue/certificate.ts";
import { readCertificate } from "./certificate.ts";
import { validatePath } from "./path.ts";
import {
  DAY,
  KINDS,
  NOW,
  code,
  issue,
  keyOf,
  makeChain,
  path,
  pathCode,
  trust,
  type ChainRequest,
} from "./test-chain.ts";

const unknown = { oid: "1.2.3.4", critical: true, value: nil() };

describe.each(KINDS)("a chain of %s", (kind) => {
  const run = (request: ChainRequest): string => pathCode(makeChain({ kind, ...request }));

  test("passes, with intermediate from the snapshot or the bag", () => {
    const chain = makeChain({ kind });
    const found = path(chain.leaf, { trust: trust({ certificates: [chain.root, chain.issuing] }) });
    expect(found.check).toEqual({ outcome: "passed" });
    expect(found.path.map(({ subject }) => subject.attribute("2.5.4.3"))).toEqual(["leaf", "issuing", "root"]);
    expect(found.anchor?.certificate.sha256).toBe(readCertificate(chain.root.certificate).sha256);
    expect(pathCode(chain, { trust: trust({ certificates: [chain.root] }), bag: [chain.issuing] })).toBe("passed");
  });

  test.each<[string, ChainRequest, string]>([
    ["68 no basicConstraints", { issuing: { omit: [EXTENSION.basicConstraints] } }, "CHAIN_INVALID"],
    ["69 not an authority", { issuing: { ca: false, keyUsage: [5] } }, "CHAIN_INVALID"],
    ["69 keyCertSign absent", { issuing: { keyUsage: [0, 1, 6] } }, "CHAIN_INVALID"],
    ["69 keyCertSign present", { issuing: { keyUsage: [5] } }, "passed"],
    ["69 path length 0 above an authority", { root: { ca: { pathLength: 0 } } }, "CHAIN_INVALID"],
    ["69 path length 1 above an authority", { root: { ca: { pathLength: 1 } } }, "passed"],
    ["69 path length 0 above the leaf", { issuing: { ca: { pathLength: 0 } } }, "passed"],
    ["71 unknown critical extension in the leaf", { leaf: { extensions: [unknown] } }, "CRITICAL_EXTENSION"],
    ["71 unknown critical extension above", { issuing: { extensions: [unknown] } }, "CRITICAL_EXTENSION"],
    ["71 unknown extension", { leaf: { extensions: [{ ...unknown, critical: false }] } }, "passed"],
    ["72 intermediate ended", { issuing: { notAfter: NOW - 1 } }, "CHAIN_EXPIRED"],
    ["72 intermediate not yet valid", { issuing: { notBefore: NOW + 1000 } }, "CHAIN_EXPIRED"],
    ["72 intermediate in its last second", { issuing: { notAfter: NOW } }, "passed"],
    ["72 root ended", { root: { notAfter: NOW - DAY } }, "CHAIN_EXPIRED"],
    ["leaf ended", { leaf: { notAfter: NOW - 1000 } }, "CERTIFICATE_EXPIRED"],
    ["leaf not yet valid", { leaf: { notBefore: NOW + 1000 } }, "CERTIFICATE_NOT_YET_VALID"],
    ["leaf in its last second", { leaf: { notAfter: NOW } }, "passed"],
    ["leaf in its first second", { leaf: { notBefore: NOW } }, "passed"],
    [
      "leaf and intermediate ended",
      { leaf: { notAfter: NOW - 1000 }, issuing: { notAfter: NOW - 1000 } },
      "CERTIFICATE_EXPIRED",
    ],
    ["76 v1 intermediate", { issuing: { spoilt: { version: 1 } } }, "CHAIN_INVALID"],
    ["76 v1 root", { root: { spoilt: { version: 1 } } }, "CHAIN_INVALID"],
    ["67 encryption certificate", { leaf: { keyUsage: [2, 3, 4] } }, "KEY_USAGE"],
    ["67 digitalSignature alone", { leaf: { keyUsage: [0] } }, "passed"],
    ["67 nonRepudiation alone", { leaf: { keyUsage: [1] } }, "passed"],
    ["67 no keyUsage", { leaf: { omit: [EXTENSION.keyUsage] } }, "passed"],
    ["extendedKeyUsage of a web server", { leaf: { extendedKeyUsage: ["1.3.6.1.5.5.7.3.1"] } }, "KEY_USAGE"],
    [
      "extendedKeyUsage for e-mail",
      { leaf: { extendedKeyUsage: ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.4"] } },
      "passed",
    ],
    [
      "no key identifiers",
      { issuing: { omit: [EXTENSION.subjectKeyIdentifier] }, leaf: { omit: [EXTENSION.authorityKeyIdentifier] } },
      "passed",
    ],
    [
      "77 an OID that is basicConstraints when cut to 32 bits",
      {
        issuing: {
          omit: [EXTENSION.basicConstraints],
          extensions: [{ oid: `2.5.${2n ** 32n + 29n}.19`, value: nil() }],
        },
      },
      "CHAIN_INVALID",
    ],
  ])("%s", (_, request, expected) => expect(run(request)).toBe(expected));

  test("76 the detail says that the version is to blame", () => {
    const chain = makeChain({ kind, issuing: { spoilt: { version: 1 } } });
    expect(path(chain.leaf, { trust: trust({ certificates: [chain.root, chain.issuing] }) }).check).toMatchObject({
      detail: "certificate 2 of 3: version 1 cannot issue",
    });
  });

  test("74 a signature that is not the issuer's", () => {
    const sign = (tbs: Uint8Array): Uint8Array => keyOf("somebody", kind).sign(tbs);
    expect(run({ leaf: { spoilt: { sign } } })).toBe("CHAIN_FORGED");
    expect(run({ issuing: { spoilt: { sign } } })).toBe("CHAIN_FORGED");
  });
});

test("a chain of mixed algorithms passes", () => {
  const root = issue("root", { kind: "P-384", ca: true });
  const issuing = issue("issuing", { kind: "RSA-3072", ca: true, issuer: root });
  const leaf = issue("leaf", { issuer: issuing });
  expect(pathCode({ root, issuing, leaf })).toBe("passed");
});

describe("who is trusted", () => {
  const chain = makeChain();

  test("80 a self-signed certificate in the bag is not", () => {
    const own = issue("self");
    expect(pathCode({ ...chain, leaf: own }, { bag: [own] })).toBe("NO_TRUST");
    expect(pathCode(chain, { trust: trust({}), bag: [chain.root, chain.issuing] })).toBe("NO_TRUST");
    expect(pathCode(chain, { trust: trust({ certificates: [chain.issuing] }) })).toBe("NO_TRUST");
  });

  test("an anchor is trusted for its uses and times only", () => {
    const ask = (settings: unknown): string =>
      pathCode(chain, {
        trust: trust({ certificates: [chain.root, chain.issuing], settings: { anchors: { "0.cer": settings } } }),
      });
    expect(ask({ uses: ["seal-maker", "signer"] })).toBe("passed");
    expect(ask({ uses: ["seal-maker"] })).toBe("NO_TRUST");
    expect(ask({ uses: [] })).toBe("NO_TRUST");
    const iso = (time: number): string => new Date(time).toISOString();
    expect(ask({ from: iso(NOW), to: iso(NOW) })).toBe("passed");
    expect(ask({ from: iso(NOW + 1) })).toBe("CHAIN_EXPIRED");
    expect(ask({ to: iso(NOW - 1) })).toBe("CHAIN_EXPIRED");
  });

  test("an anchor that signs itself must be a certificate for signing", () => {
    const alone = (request: Parameters<typeof issue>[1]): string => {
      const own = issue("self", request);
      return code(path(own, { trust: trust({ certificates: [own] }) }).check);
    };
    expect(alone({})).toBe("passed");
    expect(alone({ ca: true })).toBe("KEY_USAGE");
    expect(alone({ keyUsage: [2] })).toBe("KEY_USAGE");
    expect(alone({ notAfter: NOW - DAY })).toBe("CERTIFICATE_EXPIRED");
  });

  test("an anchor that is no authority issues nothing", () => {
    const own = issue("self");
    const leaf = issue("below", { issuer: own });
    expect(code(path(leaf, { trust: trust({ certificates: [own] }) }).check)).toBe("CHAIN_INVALID");
  });

  test("81 addresses in a certificate are not followed", () => {
    const places = ["http://169.254.169.254/latest", "file:///etc/passwd", "http://127.0.0.1:1/ca.cer"];
    const descriptions = places.map((uri) => sequence(oid("1.3.6.1.5.5.7.48.2"), generalName({ uri })));
    const leaf = issue("leaf", {
      issuer: chain.issuing,
      extensions: [{ oid: "1.3.6.1.5.5.7.1.1", value: sequence(...descriptions) }],
    });
    expect(pathCode({ ...chain, leaf }, { trust: trust({ certificates: [chain.root] }) })).toBe("NO_TRUST");
    expect(pathCode({ ...chain, leaf })).toBe("passed");
    for (const folder of [".", "../crypto"])
      for (const file of readdirSync(new URL(folder, import.meta.url)).filter((name) => /(?<!\.test)\.ts$/.test(name)))
        expect(readFileSync(new URL(`${folder}/${file}`, import.meta.url), "utf8")).not.toMatch(
          /fetch\(|node:(?:http|https|net|dns|tls|fs)|undici/,
        );
  });
});

describe("issuers that are confused (hostile-cases 74)", () => {
  const chain = makeChain();
  const trusted = trust({ certificates: [chain.root, chain.issuing] });
  const sameId = subjectKeyIdentifier(keyIdentifier(chain.issuing.key.spki));
  const twin = issue("issuing", { ca: true, key: keyOf("twin"), extensions: [sameId] });
  const byTwin = issue("leaf", { issuer: twin });

  test("same name and key identifier, another key", () => {
    expect(code(path(byTwin, { trust: trusted }).check)).toBe("CHAIN_FORGED");
    expect(code(path(byTwin, { trust: trusted, bag: [twin] }).check)).toBe("CHAIN_FORGED");
  });

  test("the honest leaf passes beside it", () => {
    expect(code(path(chain.leaf, { trust: trusted, bag: [twin, byTwin] }).check)).toBe("passed");
    const both = trust({ certificates: [chain.root, twin, chain.issuing] });
    expect(code(path(chain.leaf, { trust: both }).check)).toBe("passed");
  });

  test("same name without key identifiers", () => {
    const plain = { omit: [EXTENSION.authorityKeyIdentifier, EXTENSION.subjectKeyIdentifier] };
    const leaf = issue("leaf", { issuer: twin, ...plain });
    expect(code(path(leaf, { trust: trusted }).check)).toBe("CHAIN_FORGED");
  });

  test("same name, another key identifier: the authority's other key may be missing", () => {
    const other = issue("issuing", { ca: true, key: keyOf("twin"), issuer: chain.root });
    const leaf = issue("leaf", { issuer: other });
    expect(code(path(leaf, { trust: trusted }).check)).toBe("NO_TRUST");
    expect(code(path(leaf, { trust: trusted, bag: [other] }).check)).toBe("passed");
  });

  test("a wrong key identifier is no hindrance when the signature fits", () => {
    const leaf = issue("leaf", { issuer: chain.issuing, extensions: [authorityKeyIdentifier(Buffer.alloc(20, 7))] });
    expect(code(path(leaf, { trust: trusted }).check)).toBe("passed");
  });

  test("an authority by a forbidden algorithm", () => {
    const algorithm = sequence(oid("1.2.840.113549.1.1.5"), nil());
    const leaf = issue("leaf", {
      issuer: chain.issuing,
      spoilt: { innerAlgorithm: algorithm, outerAlgorithm: algorithm },
    });
    expect(code(path(leaf, { trust: trusted }).check)).toBe("ALGORITHM_FORBIDDEN");
  });
});

describe("path length counts authorities that are not self-issued", () => {
  const below = (pathLength: number): string => {
    const root = issue("root", { ca: { pathLength } });
    const older = issue("issuing", { ca: true, issuer: root });
    const newer = issue("issuing", { ca: true, issuer: older, key: keyOf("rollover") });
    const third = issue("third", { ca: true, issuer: newer });
    const leaf = issue("leaf", { issuer: third });
    return code(path(leaf, { trust: trust({ certificates: [root, older, newer, third] }) }).check);
  };

  test("a key rollover is free, another authority is not", () => {
    expect(below(2)).toBe("passed");
    expect(below(1)).toBe("CHAIN_INVALID");
  });

  test("a key rollover below path length 0 is free too", () => {
    const root = issue("root", { ca: true });
    const older = issue("issuing", { ca: { pathLength: 0 }, issuer: root });
    const newer = issue("issuing", { ca: true, issuer: older, key: keyOf("rollover") });
    const leaf = issue("leaf", { issuer: newer });
    expect(code(path(leaf, { trust: trust({ certificates: [root, older, newer] }) }).check)).toBe("passed");
  });
});

describe("bounds (hostile-cases 73)", () => {
  const chain = makeChain();
  const trusted = trust({ certificates: [chain.root, chain.issuing] });
  const line = (length: number): Issued[] => {
    const found = [issue("line root", { ca: true })];
    while (found.length < length - 1)
      found.push(issue(`line ${found.length}`, { ca: true, issuer: found.at(-1) ?? chain.root }));
    found.push(issue("line leaf", { issuer: found.at(-1) ?? chain.root }));
    return found;
  };

  test("a path of eight certificates passes, of nine does not", () => {
    const outcome = (length: number): string => {
      const [root = chain.root, ...rest] = line(length);
      return code(path(rest.at(-1) ?? root, { trust: trust({ certificates: [root] }), bag: rest }).check);
    };
    expect(outcome(8)).toBe("passed");
    expect(outcome(9)).toBe("PATH_BUDGET");
  });

  test("authorities that certify each other end", () => {
    const a = issue("loop a", { ca: true });
    const b = issue("loop b", { ca: true });
    const bag = [issue("loop a", { ca: true, issuer: b }), issue("loop b", { ca: true, issuer: a }), a, b];
    const leaf = issue("loop leaf", { issuer: a });
    expect(code(path(leaf, { trust: trusted, bag }).check)).toBe("NO_TRUST");
  });

  /** Layers of authorities, each of which every authority of the layer above has certified. */
  const mesh = (layers: number, width: number): Issued[] => {
    const bag: Issued[] = [];
    let above = Array.from({ length: width }, (_, i) => issue(`mesh 0.${i}`, { ca: true }));
    for (let layer = 1; layer <= layers; layer++) {
      const next = Array.from({ length: width }, (_, i) =>
        above.map((issuer) => issue(`mesh ${layer}.${i}`, { ca: true, issuer })),
      );
      bag.push(...next.flat());
      above = next.flatMap(([first]) => first ?? []);
    }
    const [issuer = chain.root] = above;
    return [issue("mesh leaf", { issuer }), ...bag];
  };

  test("an exponential mesh costs no more than the budget", () => {
    const [leaf = chain.leaf, ...bag] = mesh(6, 4);
    const read = bag.map(({ certificate }) => readCertificate(certificate));
    const memory = new SignatureMemory();
    const verified = vi.spyOn(memory, "verifySigned");
    const { check } = validatePath(readCertificate(leaf.certificate), {
      use: "signer",
      at: NOW,
      trust: trusted,
      bag: read,
      memory,
    });
    expect(code(check)).toBe("PATH_BUDGET");
    expect(verified.mock.calls.length).toBeLessThanOrEqual(64);
  });

  test("a bag of 10,000 certificates is not searched", () => {
    const one = readCertificate(chain.issuing.certificate);
    const bag = Array.from({ length: 10_000 }, (_, i) => ({ ...one, sha256: i.toString(16).padStart(64, "0") }));
    const question = { use: "signer", at: NOW, trust: trusted, memory: new SignatureMemory() } as const;
    const leaf = readCertificate(chain.leaf.certificate);
    const verified = vi.spyOn(question.memory, "verifySigned");
    expect(code(validatePath(leaf, { ...question, bag }).check)).toBe("PATH_BUDGET");
    expect(verified).not.toHaveBeenCalled();
    expect(code(validatePath(leaf, { ...question, bag: Array.from({ length: 10_000 }, () => one) }).check)).toBe(
      "passed",
    );
  });

  test("what is remembered does not change the result", () => {
    const [leaf = chain.leaf, ...bag] = mesh(4, 3);
    const memory = new SignatureMemory();
    const read = bag.map(({ certificate }) => readCertificate(certificate));
    const run = () =>
      validatePath(readCertificate(leaf.certificate), { use: "signer", at: NOW, trust: trusted, bag: read, memory });
    expect(run()).toEqual(run());
  });
});

describe("time-stamping (hostile-cases 94)", () => {
  const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
  const stamp = (request: Parameters<typeof issue>[1]): string => {
    const chain = makeChain({ leaf: request ?? {} });
    return pathCode(chain, { use: "time-stamp" });
  };

  test("the purpose must stand there, critical and alone", () => {
    expect(stamp({ extendedKeyUsage: [TIME_STAMPING] })).toBe("passed");
    expect(stamp({})).toBe("KEY_USAGE");
    expect(stamp({ extendedKeyUsage: [TIME_STAMPING, "1.3.6.1.5.5.7.3.4"] })).toBe("KEY_USAGE");
    expect(stamp({ extendedKeyUsage: ["1.3.6.1.5.5.7.3.4"] })).toBe("KEY_USAGE");
    expect(stamp({ extensions: [{ ...extendedKeyUsage([TIME_STAMPING]), critical: false }] })).toBe("KEY_USAGE");
  });

  test("such a certificate signs no document", () => {
    expect(pathCode(makeChain({ leaf: { extendedKeyUsage: [TIME_STAMPING] } }))).toBe("KEY_USAGE");
  });
});

describe("constraints reach a path (hostile-cases 70)", () => {
  test.each([
    ["excluded", { excluded: [{ dns: "example.cn" }] }, "CHAIN_INVALID"],
    ["not permitted", { permitted: [{ dns: "example.org" }] }, "CHAIN_INVALID"],
    ["permitted", { permitted: [{ dns: "example.cn" }] }, "passed"],
  ])("%s", (_, bounds, expected) => {
    const san = { oid: EXTENSION.subjectAltName, value: sequence(generalName({ dns: "seal.example.cn" })) };
    expect(
      pathCode(makeChain({ issuing: { extensions: [nameConstraints(bounds)] }, leaf: { extensions: [san] } })),
    ).toBe(expected);
    expect(pathCode(makeChain({ root: { extensions: [nameConstraints(bounds)] }, leaf: { extensions: [san] } }))).toBe(
      expected,
    );
  });
});
