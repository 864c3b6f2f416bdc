import { describe, expect, test } from "vitest";
import { context } from "../bytes/der.ts";
import { der, explicit, implicit, integer, oid, sequence, utf8 } from "../issue/der.ts";
import {
  encodeName,
  nameConstraints,
  subjectAltName,
  type ExtensionRequest,
  type GeneralNameRequest,
  type NameRequest,
} from "../issue/extensions.ts";
import { EXTENSION } from "./extensions.ts";
import { readCertificate } from "./certificate.ts";
import { NameConstraintState } from "./constraints.ts";
import { issue, makeChain, pathCode } from "./test-chain.ts";

type Bounds = Parameters<typeof nameConstraints>[0];

/** What the constraints of one authority say of a certificate with this subject and these other names. */
function ask(bounds: Bounds, subject: NameRequest, names: readonly GeneralNameRequest[] = []): string {
  const state = new NameConstraintState();
  state.add(
    readCertificate(issue("ca", { ca: true, extensions: [nameConstraints(bounds)] }).certificate).nameConstraints,
  );
  const extensions = names.length === 0 ? [] : [subjectAltName(...names)];
  return state.check(readCertificate(issue("x", { subject, extensions }).certificate))?.kind ?? "ok";
}

const O: NameRequest = [
  ["C", "CN"],
  ["O", "示例局"],
];
const directory = (name: NameRequest): GeneralNameRequest => ({ directory: encodeName(name) });

describe("distinguished names", () => {
  test.each<[string, Bounds, NameRequest, string]>([
    ["inside the permitted", { permitted: [directory(O)] }, [...O, ["CN", "a"]], "ok"],
    ["the base itself", { permitted: [directory(O)] }, O, "ok"],
    [
      "another case",
      { permitted: [directory([["O", "Example"]])] },
      [
        ["O", "EXAMPLE "],
        ["CN", "a"],
      ],
      "ok",
    ],
    [
      "outside",
      { permitted: [directory(O)] },
      [
        ["C", "CN"],
        ["O", "另一局"],
      ],
      "violated",
    ],
    ["above the base", { permitted: [directory(O)] }, [["C", "CN"]], "violated"],
    ["the base in the middle", { permitted: [directory([["O", "示例局"]])] }, O, "violated"],
    ["in one of two", { permitted: [directory([["C", "DE"]]), directory(O)] }, O, "ok"],
    ["excluded", { excluded: [directory(O)] }, [...O, ["CN", "a"]], "violated"],
    [
      "excluded by invisible detour",
      { excluded: [directory(O)] },
      [
        ["C", "CN"],
        ["O", "示\u200b例局"],
      ],
      "violated",
    ],
    [
      "beside the excluded",
      { excluded: [directory(O)] },
      [
        ["C", "CN"],
        ["O", "另一局"],
      ],
      "ok",
    ],
    ["permitted and excluded", { permitted: [directory([["C", "CN"]])], excluded: [directory(O)] }, O, "violated"],
    ["of other forms only", { permitted: [{ dns: "example.cn" }] }, O, "ok"],
  ])("%s", (_, bounds, subject, expected) => expect(ask(bounds, subject)).toBe(expected));

  test("directory names beside the subject count too", () => {
    expect(ask({ excluded: [directory(O)] }, [["CN", "a"]], [directory(O)])).toBe("violated");
  });
});

describe("other forms", () => {
  const uri = (host: string): GeneralNameRequest => ({ uri: `https://user@${host}:8443/a` });
  test.each<[string, Bounds, GeneralNameRequest, string]>([
    ["host", { permitted: [{ dns: "example.cn" }] }, { dns: "Example.CN" }, "ok"],
    ["host below", { permitted: [{ dns: "example.cn" }] }, { dns: "a.b.example.cn" }, "ok"],
    ["host with another front", { permitted: [{ dns: "example.cn" }] }, { dns: "notexample.cn" }, "violated"],
    ["host above", { permitted: [{ dns: "a.example.cn" }] }, { dns: "example.cn" }, "violated"],
    ["leading dot: below", { permitted: [{ dns: ".example.cn" }] }, { dns: "a.example.cn" }, "ok"],
    ["leading dot: itself", { permitted: [{ dns: ".example.cn" }] }, { dns: "example.cn" }, "violated"],
    ["final dot", { excluded: [{ dns: "example.cn" }] }, { dns: "a.example.cn." }, "violated"],
    ["empty base holds all", { excluded: [{ dns: "" }] }, { dns: "a.cn" }, "violated"],
    ["wildcard over an excluded host", { excluded: [{ dns: "a.example.cn" }] }, { dns: "*.example.cn" }, "violated"],
    ["wildcard beside", { excluded: [{ dns: "a.example.org" }] }, { dns: "*.example.cn" }, "ok"],
    ["mailbox", { permitted: [{ email: "a@example.cn" }] }, { email: "a@EXAMPLE.cn" }, "ok"],
    ["another mailbox", { permitted: [{ email: "a@example.cn" }] }, { email: "A@example.cn" }, "violated"],
    ["mail host", { permitted: [{ email: "example.cn" }] }, { email: "x@example.cn" }, "ok"],
    ["mail host below", { permitted: [{ email: "example.cn" }] }, { email: "x@a.example.cn" }, "violated"],
    ["mail domain", { permitted: [{ email: ".example.cn" }] }, { email: "x@a.example.cn" }, "ok"],
    ["mail domain itself", { permitted: [{ email: ".example.cn" }] }, { email: "x@example.cn" }, "violated"],
    ["no mailbox", { permitted: [{ email: "example.cn" }] }, { email: "x@evil.org@example.cn" }, "violated"],
    ["no mailbox, excluded", { excluded: [{ email: "example.org" }] }, { email: "x" }, "violated"],
    ["URI host", { permitted: [{ uri: "example.cn" }] }, uri("example.cn"), "ok"],
    ["URI host below", { permitted: [{ uri: "example.cn" }] }, uri("a.example.cn"), "violated"],
    ["URI domain", { permitted: [{ uri: ".example.cn" }] }, uri("a.example.cn"), "ok"],
    ["URI without host", { permitted: [{ uri: "example.cn" }] }, { uri: "urn:example.cn" }, "violated"],
    ["URI with address", { excluded: [{ uri: "example.cn" }] }, { uri: "https://10.0.0.1/" }, "violated"],
    ["address", { permitted: [{ ip: Buffer.of(10, 0, 0, 0, 255, 0, 0, 0) }] }, { ip: Buffer.of(10, 1, 2, 3) }, "ok"],
    [
      "address outside",
      { permitted: [{ ip: Buffer.of(10, 0, 0, 0, 255, 0, 0, 0) }] },
      { ip: Buffer.of(11, 1, 2, 3) },
      "violated",
    ],
    [
      "address of version 6",
      { permitted: [{ ip: Buffer.of(10, 0, 0, 0, 255, 0, 0, 0) }] },
      { ip: Buffer.alloc(16) },
      "violated",
    ],
    [
      "address excluded",
      { excluded: [{ ip: Buffer.of(10, 0, 0, 0, 255, 0, 0, 0) }] },
      { ip: Buffer.of(10, 1, 2, 3) },
      "violated",
    ],
  ])("%s", (_, bounds, name, expected) => expect(ask(bounds, [["CN", "a"]], [name])).toBe(expected));

  test("an e-mail address in the subject counts", () => {
    expect(
      ask({ permitted: [{ email: "example.cn" }] }, [
        ["CN", "a"],
        ["emailAddress", "x@example.org"],
      ]),
    ).toBe("violated");
    expect(
      ask({ permitted: [{ email: "example.cn" }] }, [
        ["CN", "a"],
        ["emailAddress", "x@example.cn"],
      ]),
    ).toBe("ok");
  });
});

describe("through a path", () => {
  const otherName = explicit(0, oid("1.3.6.1.4.1.311.20.2.3"), explicit(0, utf8("a@b")));
  const constraint: ExtensionRequest = {
    oid: EXTENSION.nameConstraints,
    critical: true,
    value: sequence(der(0xa0, sequence(otherName))),
  };
  const san: ExtensionRequest = { oid: EXTENSION.subjectAltName, value: sequence(otherName) };

  test("a constraint on a form that is not understood stops certificates with such a name only", () => {
    expect(pathCode(makeChain({ issuing: { extensions: [constraint] }, leaf: { extensions: [san] } }))).toBe(
      "CRITICAL_EXTENSION",
    );
    expect(pathCode(makeChain({ issuing: { extensions: [constraint] } }))).toBe("passed");
  });

  test("constraints of two authorities hold together", () => {
    const root = { extensions: [nameConstraints({ permitted: [{ dns: "example.cn" }] })] };
    const issuing = { extensions: [nameConstraints({ permitted: [{ dns: "example.cn" }, { dns: "example.org" }] })] };
    const leaf = (dns: string) => ({ extensions: [subjectAltName({ dns })] });
    expect(pathCode(makeChain({ root, issuing, leaf: leaf("a.example.cn") }))).toBe("passed");
    expect(pathCode(makeChain({ root, issuing, leaf: leaf("a.example.org") }))).toBe("CHAIN_INVALID");
  });

  test("self-issued authorities are exempt, a self-issued leaf is not", () => {
    const bounds = nameConstraints({
      excluded: [
        directory([
          ["C", "CN"],
          ["O", "Test"],
          ["CN", "issuing"],
        ]),
      ],
    });
    const root = issue("root", { ca: true });
    const issuing = issue("issuing", { ca: true, issuer: root, extensions: [bounds] });
    const sameName = issue("issuing", { issuer: issuing, key: makeChain().leaf.key });
    expect(pathCode({ root, issuing, leaf: sameName })).toBe("CHAIN_INVALID");
  });

  test("many names under many constraints end in the budget", () => {
    const permitted = Array.from({ length: 400 }, (_, i) => ({ dns: `${i}.cn` }));
    const names = Array.from({ length: 400 }, (_, i) => ({ dns: `a.${i}.cn` }));
    const issuing = { extensions: [nameConstraints({ permitted })] };
    expect(pathCode(makeChain({ issuing, leaf: { extensions: [subjectAltName(...names)] } }))).toBe("PATH_BUDGET");
    expect(pathCode(makeChain({ issuing, leaf: { extensions: [subjectAltName(...names.slice(0, 100))] } }))).toBe(
      "passed",
    );
  });
});

describe("malformed constraints are refused with their certificate", () => {
  test.each([
    ["a minimum", sequence(der(0xa0, sequence(implicit(2, Buffer.from("a.cn")), implicit(0, Buffer.of(1)))))],
    ["an address range of four octets", sequence(der(0xa0, sequence(implicit(7, Buffer.of(10, 0, 0, 0)))))],
    ["a mask with holes", sequence(der(0xa0, sequence(implicit(7, Buffer.of(10, 0, 0, 0, 255, 0, 255, 0)))))],
    ["an unknown member", sequence(der(0xa2, sequence()))],
    ["no GeneralName", sequence(der(0xa0, sequence(integer(1))))],
    ["text that is not ASCII", sequence(der(0xa0, sequence(der(context(2), Buffer.from("é")))))],
  ])("%s", (_, value) => {
    const { certificate } = issue("ca", {
      ca: true,
      extensions: [{ oid: EXTENSION.nameConstraints, critical: true, value }],
    });
    expect(() => readCertificate(certificate)).toThrow(/./);
  });
});
