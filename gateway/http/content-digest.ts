import { createHash, type Hash, timingSafeEqual } from "node:crypto";
import { Fault } from "#gateway/fault.ts";

/** Algorithms of RFC 9530 that are still secure. */
const ALGORITHMS: ReadonlyMap<string, { readonly name: string; readonly length: number }> = new Map([
  ["sha-256", { name: "sha256", length: 32 }],
  ["sha-512", { name: "sha512", length: 64 }],
]);

/** What the bytes of a body must hash to. `finish` throws the fault that goes with what does not fit. */
export type DigestCheck = { readonly update: (chunk: Uint8Array) => void; readonly finish: () => void };

type Expected = { readonly hash: Hash; readonly digest: Buffer; readonly fault: () => Fault };

/**
 * From the header Content-Digest and from signed credentials (`signed`: SHA-256 in Base64); null when neither says anything.
 * Throws Fault INVALID_REQUEST for a header that is not understood: ignoring it would promise a check that was not made.
 */
export function digestCheck(header: string | undefined, signed: string | null): DigestCheck | null {
  const stated = header === undefined ? [] : parseContentDigest(header);
  const expected = signed === null ? stated : [signedDigest(signed), ...stated];
  if (expected.length === 0) return null;
  return {
    update(chunk) {
      for (const { hash } of expected) hash.update(chunk);
    },
    finish() {
      const wrong = expected.find(({ hash, digest }) => !isEqual(hash.digest(), digest));
      if (wrong !== undefined) throw wrong.fault();
    },
  };
}

const MEMBER = /^[ \t]*(?<name>[a-z*][a-z0-9_.*-]*)=:(?<digest>[A-Za-z0-9+/]+={0,2}):[ \t]*$/;

/** A dictionary of RFC 8941 whose members are byte sequences without parameters. */
function parseContentDigest(header: string): Expected[] {
  const members = header.split(",").map((member) => MEMBER.exec(member)?.groups);
  const names = new Set(members.map((groups) => groups?.["name"]));
  const known = members.map((groups) => expectedOf(groups?.["name"], groups?.["digest"]));
  if (names.size !== members.length || known.includes(null)) {
    throw new Fault("INVALID_REQUEST", `header/content-digest: must be ${[...ALGORITHMS.keys()].join(" or ")}`);
  }
  return known.filter((each) => each !== null);
}

function expectedOf(name = "", base64 = ""): Expected | null {
  const algorithm = ALGORITHMS.get(name);
  const digest = Buffer.from(base64, "base64");
  if (digest.length !== algorithm?.length || digest.toString("base64") !== base64) return null;
  const fault = (): Fault => new Fault("INVALID_REQUEST", "header/content-digest: the body has another digest");
  return { hash: createHash(algorithm.name), digest, fault };
}

const signedDigest = (base64: string): Expected => ({
  hash: createHash("sha256"),
  digest: Buffer.from(base64, "base64"),
  fault: () => new Fault("SIGNATURE_INVALID", "the body is not the one that was signed"),
});

const isEqual = (ours: Buffer, theirs: Buffer): boolean =>
  ours.length === theirs.length && timingSafeEqual(ours, theirs);
