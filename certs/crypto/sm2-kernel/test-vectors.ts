import { CURVES } from "../curves.ts";
import { digest } from "../algorithms.ts";
import { integerOf, inverse, modulo, type Signature, Sm2Point } from "./test-curve.ts";
import { randomScalar, signDigest } from "./test-signatures.ts";

const { p, n, b } = CURVES.SM2;
const G = Sm2Point.BASE;

/** In Wycheproof's shape. Where `message` is there, its digest is e, and node:crypto can be asked as well. */
export type Vector = {
  readonly comment: string;
  readonly key: Sm2Point;
  readonly signature: Signature;
  readonly message: Uint8Array | null;
  readonly result: "valid" | "invalid";
};

const MESSAGE = Buffer.from("licence");
const E = integerOf(digest("sm3", MESSAGE));
const d = randomScalar();
const key = G.multiply(d);
const nonce = randomScalar();
const xOf = (scalar: bigint): bigint => G.multiply(scalar).toAffine().x;

/** r and s at the ends of their range, over a good signature; and the digest likewise. */
function rangeVectors(): Vector[] {
  const good = signDigest(d, E, nonce, xOf(nonce));
  const row = (comment: string, own: Partial<Signature>, result: Vector["result"] = "invalid"): Vector => ({
    comment,
    key,
    signature: { ...good, ...own },
    message: own.e === undefined ? MESSAGE : null,
    result,
  });
  const ends = [0n, 1n, n - 1n, n, n + 1n, p, 2n ** 256n - 1n];
  const digests = [0n, 1n, n - 1n, n, n + 1n, 2n ** 256n - 1n].map((e): Vector => {
    const signature = { ...signDigest(d, modulo(e), nonce, xOf(nonce)), e };
    return { comment: `e = ${nameOf(e)}`, key, signature, message: null, result: "valid" };
  });
  return [
    row("good", {}, "valid"),
    ...ends.map((r) => row(`r = ${nameOf(r)}`, { r })),
    ...ends.map((s) => row(`s = ${nameOf(s)}`, { s })),
    row("r + s = n", { s: n - good.r }),
    row("r + s = n, by r", { r: n - good.s }),
    row("n - s", { s: n - good.s }),
    row("n - r", { r: n - good.r }),
    row("r and s exchanged", { r: good.s, s: good.r }),
    ...digests,
  ];
}

const NAMES = new Map([
  [n - 1n, "n - 1"],
  [n, "n"],
  [n + 1n, "n + 1"],
  [p, "p"],
  [2n ** 256n - 1n, "2^256 - 1"],
]);
const nameOf = (value: bigint): string => NAMES.get(value) ?? value.toString(16);

/** Pairs that would be good if r and s were taken modulo n, and a digest that has to be: r is less than e - n. */
function reducedVectors(): Vector[] {
  const s = 5n;
  const r = 7n;
  const e = modulo(
    r -
      G.multiply(s)
        .add(key.multiply(r + s))
        .toAffine().x,
  );
  const x = xFrom(n - 1n, -1n);
  const large = n + 2n ** 200n;
  const small = modulo(large + x);
  const row = (comment: string, signature: Signature, result: Vector["result"]): Vector => ({
    comment,
    key,
    signature,
    message: null,
    result,
  });
  return [
    row("r and s small", { e, r, s }, "valid"),
    row("r + n", { e, r: r + n, s }, "invalid"),
    row("s + n", { e, r, s: s + n }, "invalid"),
    ...pointsAt(x).map((point): Vector => {
      const own = point.subtract(G.multiply(s)).multiply(inverse(small + s));
      return {
        comment: "e > n, r < e - n",
        key: own,
        signature: { e: large, r: small, s },
        message: null,
        result: "valid",
      };
    }),
  ];
}

/** Under the key k G: s and t chosen, e such that (r, s) signs it, whatever sums come up on the way. Without a common point, nothing is signed. */
export type Chosen = { readonly k: bigint; readonly s: bigint; readonly t: bigint };

function chosenVectors({ k, s, t }: Chosen): Vector[] {
  const comment = `P = ${k.toString(16)} G, s = ${s.toString(16)}, t = ${t.toString(16)}`;
  const sum = modulo(s + t * k);
  const r = modulo(t - s);
  const isInfinite = sum === 0n;
  const e = modulo(r - (isInfinite ? 0n : xOf(sum)));
  const signed = isInfinite || r === 0n || s === 0n || t === 0n ? "invalid" : "valid";
  const row = (own: Partial<Vector>, signature: Partial<Signature> = {}): Vector => ({
    comment,
    key: multipleOf(k),
    signature: { e, r, s, ...signature },
    message: null,
    result: "invalid",
    ...own,
  });
  return [row({ result: signed }), row({ comment: `${comment}, e + 1` }, { e: modulo(e + 1n) })];
}

/** The same object for the same k, so that its tables are made once, the third implementation's among them. */
const KEYS = new Map<bigint, Sm2Point>();
function multipleOf(k: bigint): Sm2Point {
  const known = KEYS.get(k);
  if (known !== undefined) return known;
  const point = G.multiply(k).precompute(4);
  KEYS.set(k, point);
  return point;
}

/** Digits of w bits that are all the same. */
function repeated(digit: bigint, width: bigint): bigint {
  let value = 0n;
  for (let at = 0n; at < 252n; at += width) value |= digit << at;
  return value % n;
}

/** Multiples of G that meet entries of G's table and of one another's, and such whose negatives do. */
const MULTIPLES = [1n, 2n, 3n, 32n, 64n, 128n, 2n ** 126n, inverse(2n), inverse(64n), 31n * 2n ** 96n].flatMap((k) => [
  k,
  n - k,
]);

/** Scalars with digits at every edge: a single one, all the same, the largest of both signs, carries through all windows. */
const SCALARS = [
  [1n, 2n, 32n, 33n, 63n, 64n, 128n, 129n, 2n ** 126n, 2n ** 255n, (n - 1n) / 2n, (n + 1n) / 2n],
  [31n, 32n, 33n, 63n].map((digit) => repeated(digit, 6n)),
  [127n, 128n, 129n, 255n].map((digit) => repeated(digit, 8n)),
  [n - 1n, n - 2n, n - 32n, n - 64n, n - 2n ** 128n],
].flat();

/** Small multiples in every combination, and every `share`th of all others. */
export function chosen(share: number): Chosen[] {
  const all = MULTIPLES.flatMap((k) => SCALARS.flatMap((s) => SCALARS.map((t) => ({ k, s, t }))));
  const small = [0n, 1n, 2n, 3n, 4n, 5n, 16n, 32n];
  // 63 is 64 - 1: after s = 1 the sum is at infinity and goes on from there.
  const ts = [...small, 59n, 62n, 63n];
  const meeting = [1n, 2n, n - 1n, n - 2n].flatMap((k) => small.flatMap((s) => ts.map((t) => ({ k, s, t }))));
  return [...meeting, ...all.filter((_, index) => index % share === 0)];
}

/** Bits of a digit of s and of t, as in assembly/index.ts. */
const WIDTHS = { s: 8n, t: 6n } as const;
export type Exception = "double" | "infinity";

/** What is exceptional in summing table entries for s G + t P, window by window, under the key k G: each point is a known multiple of G. */
export function exceptionsOf({ k, s, t }: Chosen): Exception[] {
  const found: Exception[] = [];
  let sum = 0n;
  for (const each of [...entriesOf(s, WIDTHS.s), ...entriesOf(t, WIDTHS.t).map((entry) => modulo(entry * k))]) {
    if (sum !== 0n && each === sum) found.push("double");
    if (sum !== 0n && each === n - sum) found.push("infinity");
    sum = modulo(sum + each);
  }
  return found;
}

/** Of a scalar's signed digits, in (-2^(w - 1), 2^(w - 1)], times their windows' weights, modulo n. */
function entriesOf(scalar: bigint, width: bigint): bigint[] {
  const entries: bigint[] = [];
  let rest = scalar;
  for (let weight = 1n; rest !== 0n; weight <<= width) {
    let digit = rest & ((1n << width) - 1n);
    if (digit > 1n << (width - 1n)) digit -= 1n << width;
    if (digit !== 0n) entries.push(modulo(digit * weight));
    rest = (rest - digit) >> width;
  }
  return entries;
}

/** s G = t P and s G = -t P, with a digest that somebody could have: the key is what is chosen. */
function meetingVectors(): Vector[] {
  const s = randomScalar();
  const r = modulo(E + xOf(modulo(2n * s)));
  const twice = G.multiply(modulo(s * inverse(r + s)));
  const opposite = G.multiply(modulo(-s * inverse(r + s)));
  return [
    { comment: "s G = t P", key: twice, signature: { e: E, r, s }, message: MESSAGE, result: "valid" },
    { comment: "s G = -t P", key: opposite, signature: { e: E, r, s }, message: MESSAGE, result: "invalid" },
  ];
}

/** Points whose x is not below n, which chance does not find: the key is made for the point. */
function largeXVectors(): Vector[] {
  const row = (comment: string, at: bigint, wanted: bigint, result: Vector["result"]): Vector[] =>
    pointsAt(at).map((point) => {
      const s = randomScalar();
      const r = modulo(E + wanted);
      const key = point.subtract(G.multiply(s)).multiply(inverse(r + s));
      return { comment, key, signature: { e: E, r, s }, message: MESSAGE, result };
    });
  const least = xFrom(n);
  const greatest = xFrom(p - 1n, -1n);
  const small = xFrom(0n);
  return [
    ...row("x(R) the least that is not below n", least, modulo(least), "valid"),
    ...row("x(R) the greatest below p", greatest, modulo(greatest), "valid"),
    ...row("x(R) small", small, small, "valid"),
    ...row("x(R) + p - n is not x(R)", small, modulo(small + p - n), "invalid"),
    ...row("x(R) - (p - n) is not x(R)", greatest, modulo(greatest - (p - n)), "invalid"),
  ];
}

const ySquared = (x: bigint): bigint => modulo(x * x * x - 3n * x + b, p);

/** p = 3 modulo 4. */
function rootOf(square: bigint): bigint {
  let [root, base, rest] = [1n, square, (p + 1n) / 4n];
  for (; rest > 0n; rest >>= 1n) {
    if (rest & 1n) root = (root * base) % p;
    base = (base * base) % p;
  }
  return root;
}

function xFrom(start: bigint, step = 1n): bigint {
  for (let x = start; ; x += step) if (modulo(rootOf(ySquared(x)) ** 2n, p) === ySquared(x)) return x;
}

function pointsAt(x: bigint): Sm2Point[] {
  const y = rootOf(ySquared(x));
  return [y, p - y].map((each) => Sm2Point.fromAffine({ x, y: each }));
}

export const vectors = (share: number): Vector[] => [
  ...rangeVectors(),
  ...reducedVectors(),
  ...meetingVectors(),
  ...largeXVectors(),
  ...chosen(share).flatMap(chosenVectors),
];
