import { describe, expect, test } from "vitest";
import { type Change, compileKernel } from "./compile.ts";
import { Sm2Kernel } from "./kernel.ts";
import { isSigned, isSignedNatively, modulo, pointOctets, publicKeyOf, questionOf } from "./test-curve.ts";
import { newKey, signatures } from "./test-signatures.ts";
import { chosen, exceptionsOf, type Vector, vectors } from "./test-vectors.ts";

/** Every how manieth combination of chosen scalars is asked about; `npm run test:faults` asks about many. */
const SHARE = process.env["EQUIVALENCE_ROUNDS"] === undefined ? 151 : 19;
const VECTORS = vectors(SHARE);

/** Tells whether a kernel answers otherwise than the vector's result. Vectors of one key follow one another, so its table is built once. */
function differsFrom(kernel: Sm2Kernel): (vector: Vector) => boolean {
  let built: Vector["key"] | null = null;
  return ({ key, signature, result }) => {
    if (key !== built) kernel.build(0, pointOctets(key));
    built = key;
    const question = questionOf(signature);
    const said = [kernel.verify(0, question), kernel.verifyCarefully(0, question)];
    return said.some((each) => each !== (result === "valid"));
  };
}

describe(`${VECTORS.length} vectors`, () => {
  test("the kernel answers as wanted", () => {
    const wrong = VECTORS.filter(differsFrom(Sm2Kernel.start()));
    expect(wrong.map(({ comment, result }) => `${comment}: ${result}`)).toEqual([]);
  });

  test("so does a third implementation", { timeout: 300_000 }, () => {
    const wrong = VECTORS.filter(({ key, signature, result }) => isSigned(key, signature) !== (result === "valid"));
    expect(wrong.map(({ comment }) => comment)).toEqual([]);
  });

  test("so does node:crypto, where the digest is that of a message", () => {
    const own = VECTORS.filter((vector): vector is Vector & { message: Uint8Array } => vector.message !== null);
    const wrong = own.filter(
      ({ key, message, signature, result }) =>
        isSignedNatively(publicKeyOf(key), message, signature) !== (result === "valid"),
    );
    expect(wrong.map(({ comment }) => comment)).toEqual([]);
    expect(own.filter(({ result }) => result === "valid").length).toBeGreaterThan(5);
  });

  test("sums meet the entry that they add, and its opposite", () => {
    const all = chosen(SHARE);
    expect(all.filter((each) => exceptionsOf(each).includes("double")).length).toBeGreaterThan(5);
    const infinite = all.filter((each) => exceptionsOf(each).includes("infinity"));
    expect(infinite.filter(({ k, s, t }) => modulo(s + t * k) === 0n).length).toBeGreaterThan(5);
    expect(infinite.filter(({ k, s, t }) => modulo(s + t * k) !== 0n).length).toBeGreaterThan(5);
  });
});

/** Faults in the arithmetic, each of which must be seen: by the file, what stands there, and what is put in its place. */
const FAULTS: readonly (readonly [what: string, file: string, from: string, to: string])[] = [
  ["one shift of the reduction", "field.ts", "c10 -= m << 21;", "c10 -= m << 20;"],
  ["a carry lost", "field.ts", "c12 += c11 >> 29;", ""],
  ["a square's column", "field.ts", "t3 * a5 + a4 * a4", "a3 * a5 + a4 * a4"],
  [
    "the constant R^2",
    "field.ts",
    "const R_SQUARED: usize = memory.data<i64>([\n  0x",
    "const R_SQUARED: usize = memory.data<i64>([\n  0x1",
  ],
  [
    "p itself is not 0",
    "field.ts",
    "return difference > 0;\n  }\n  return true;",
    "return difference > 0;\n  }\n  return false;",
  ],
  ["a carry modulo n", "integer.ts", "if (carry != 0 || !isBelow(d, N))", "if (!isBelow(d, N))"],
  ["r not below n", "index.ts", "!isBelow(R, N) ||", ""],
  ["s not below n", "index.ts", "|| !isBelow(S, N)", ""],
  ["r = 0", "index.ts", "isZeroInteger(R) ||", ""],
  ["r + s = 0", "index.ts", "if (isZeroInteger(T)) return false;", ""],
  ["e not below n", "index.ts", "if (!isBelow(E, N)) subtractModN(E, E, N);", ""],
  ["x not below n", "index.ts", "&& isBelow(X, P) && isX()", "&& false"],
  ["x past p", "index.ts", "&& isBelow(X, P) && isX()", "&& isX()"],
  ["the topmost digit's carry", "table.ts", "256 / width + 1", "(255 + width) / width"],
  [
    "exceptional additions not seen",
    "index.ts",
    "isZero(POINT + ZZ) ? verifyCarefully(slot) : hasWantedX()",
    "hasWantedX()",
  ],
  ["a doubling taken for infinity", "point.ts", "setAffine(sum, point);\n  double(sum);", "setInfinity(sum);"],
  ["infinity taken for a doubling", "point.ts", "if (!isZero(DY)) return setInfinity(sum);", ""],
  ["infinity taken for a point", "index.ts", "return !isZero(POINT + ZZ) && hasWantedX();", "return hasWantedX();"],
];

describe("a planted fault is caught", () => {
  const keys = Array.from({ length: 4 }, () => newKey());
  const sample = [...signatures(60, keys)];

  async function catches(change: Change): Promise<boolean> {
    const kernel = Sm2Kernel.start(await compileKernel("-O0", change));
    for (const [slot, { point }] of keys.entries()) kernel.build(slot + 1, pointOctets(point));
    const isWrong = sample.some(
      ({ key, signature, isGood }) => kernel.verify(key + 1, questionOf(signature)) !== isGood,
    );
    return isWrong || VECTORS.some(differsFrom(kernel));
  }

  test("none is seen where there is none", async () => expect(await catches((_, text) => text)).toBe(false));

  test.each(FAULTS)("%s", async (_, file, from, to) => {
    let planted = 0;
    const change: Change = (name, text) => {
      if (name !== file) return text;
      planted = text.split(from).length - 1;
      return text.replace(from, to);
    };
    expect(await catches(change)).toBe(true);
    expect(planted).toBeGreaterThan(0);
  });
});
