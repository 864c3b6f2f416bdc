import { createHook } from "node:async_hooks";
import dns from "node:dns";
import fs, { readFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { implicit, oid, sequence } from "../../certs/issue/der.ts";
import { crlDistributionPoints } from "../../certs/issue/extensions.ts";
import { issueSigner } from "../../certs/issue/pki.ts";
import { zipOf } from "../../certs/issue/zip.ts";
import { Scene } from "./scene.ts";

// Case 81 of the hostile inputs: addresses in a certificate are never followed. Nothing outside the arguments is touched at all.
const scene = new Scene();
const URLS = [
  "http://169.254.169.254/latest/meta-data",
  "file:///etc/passwd",
  "http://a.example/redirect",
  "ldap://a.example/cn=x",
];
const CA_ISSUERS = "1.3.6.1.5.5.7.48.2";
const OCSP = "1.3.6.1.5.5.7.48.1";

const authorityInformation = {
  oid: "1.3.6.1.5.5.7.1.1",
  value: sequence(
    ...[CA_ISSUERS, OCSP].flatMap((method) => URLS.map((url) => sequence(oid(method), implicit(6, Buffer.from(url))))),
  ),
};
const addressed = issueSigner(scene.pki, scene.pki.authorities.anhui, {
  extensions: [authorityInformation, crlDistributionPoints(...URLS)],
});

/** Entries are inflated in memory. */
const INFLATING = "ZLIB";

/** What `action` opened or called: asynchronous resources of every kind, and the functions of fs, net and dns by name. */
function touchedBy(action: () => void): string[] {
  const touched: string[] = [];
  for (const [name, module] of Object.entries({ fs, net, dns }))
    for (const [key, value] of Object.entries(module))
      if (typeof value === "function" && !/^[A-Z_]/.test(key))
        vi.spyOn(module as unknown as Record<string, () => void>, key).mockImplementation(
          () => void touched.push(`${name}.${key}`),
        );
  syncBuiltinESMExports();
  const hook = createHook({ init: (_, type) => void (type !== INFLATING && touched.push(type)) }).enable();
  try {
    action();
  } finally {
    hook.disable();
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  }
  return touched;
}

afterEach(() => vi.restoreAllMocks());

describe("81: nothing is fetched, read or looked up", () => {
  const good = zipOf(scene.signedBy(addressed));
  const orphan = zipOf(scene.card({ signers: [addressed], certificates: [addressed.certificate] }));

  it.each([
    ["a good document, with the CRLs at hand", good, {}, "PASSED"],
    [
      "no CRL at hand: the addresses would have them",
      good,
      { trust: scene.trust({ "issuing.crl": null }) },
      "INDETERMINATE TRY_LATER TRY_LATER",
    ],
    [
      "no authority at hand: the addresses would have it",
      orphan,
      { trust: [] },
      "INDETERMINATE NO_TRUST NO_CERTIFICATE_CHAIN_FOUND",
    ],
  ] as const)("81 %s → nothing touched", (_, document, asked, answer) => {
    let found = "";
    expect(touchedBy(() => void (found = scene.answer(document, asked)))).toEqual([]);
    expect(found).toBe(answer);
  });

  it("81 the watch itself sees a file read, a look-up, a connection and a timer", () => {
    const touched = touchedBy(() => {
      readFileSync("/etc/hostname");
      dns.lookup("a.example", () => {});
      net.connect(80, "a.example");
      setTimeout(() => {}, 0);
    });
    expect(touched).toEqual(["fs.readFileSync", "dns.lookup", "net.connect", "Timeout"]);
  });
});
