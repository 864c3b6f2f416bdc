import { createVerify } from "node:crypto";
import { type SignatureQuestion, verifyValue } from "#certs/crypto/algorithms.ts";
import { type PublicKey, readPublicKey } from "#certs/crypto/public-key.ts";
import { Sm2Kernel } from "#certs/crypto/sm2-kernel/kernel.ts";
import { Sm2Tables } from "#certs/crypto/sm2-tables.ts";
import { generateKey } from "#certs/issue/keys.ts";
import { median } from "../print.ts";

const KEYS = 200;
const SIGNATURES_OF_EACH = 5;
/** Verifications of one round. */
export const EACH = { kernel: 400, native: 60 } as const;

export type Sm2Rates = {
  /** node:crypto alone: ZA and message into SM3, the key imported beforehand. */
  readonly nativePerSecond: number;
  /** The whole of our own way: value read and checked, ZA and message into SM3, table looked up, kernel. Nothing is remembered. */
  readonly kernelPerSecond: number;
  readonly ratio: number;
  /** One key's table. */
  readonly buildMilliseconds: number;
  /** Further verifications after which a table has paid for itself. */
  readonly breakEven: number;
  readonly tableBytes: number;
};

/** SM2 verifications of 200 keys at random, natively and by tables, by turns on one core; every answer checked. Medians of the rounds. */
export function measureSm2(rounds = 40): Sm2Rates {
  const signed = sign();
  const buildMilliseconds = measureBuild(signed);
  const tables = new Sm2Tables();
  for (const { question } of signed) {
    verifyValue(question, tables);
    tables.buildNext();
  }
  const byTable = (each: Signed): boolean => verifyValue(each.question, tables) === "valid";
  if (tables.state.tables !== KEYS) throw new Error(`${tables.state.tables} keys have tables in place of ${KEYS}`);
  rate(2000, signed, byTable);
  const turns = Array.from({ length: rounds }, () => ({
    kernel: rate(EACH.kernel, signed, byTable),
    native: rate(EACH.native, signed, natively),
  }));
  const nativePerSecond = median(turns.map(({ native }) => native));
  const kernelPerSecond = median(turns.map(({ kernel }) => kernel));
  return {
    nativePerSecond,
    kernelPerSecond,
    ratio: median(turns.map(({ native, kernel }) => kernel / native)),
    buildMilliseconds,
    breakEven: buildMilliseconds / (1000 / nativePerSecond - 1000 / kernelPerSecond),
    tableBytes: Math.round(tables.state.bytes / KEYS),
  };
}

type Signed = { readonly key: PublicKey; readonly question: SignatureQuestion; readonly isGood: boolean };

/** Every tenth signature is of another message, so that a verifier that says yes to all is caught. */
function sign(): Signed[] {
  return Array.from({ length: KEYS }, () => generateKey("SM2")).flatMap((own, number) => {
    const key = readPublicKey(own.spki);
    const algorithm = { oid: own.signatureOid, parameters: null };
    return Array.from({ length: SIGNATURES_OF_EACH }, (_, index) => {
      const isGood = (number + index) % 10 !== 9;
      const message = Buffer.from(`licence ${index} of ${key.id}`);
      const signature = own.sign(isGood ? message : Buffer.from("another"));
      return { key, question: { algorithm, key, message, signature, at: Date.now() }, isGood };
    });
  });
}

function natively({ key, question: { message, signature } }: Signed): boolean {
  return createVerify("sm3").update(key.za).update(message).verify(key.object, signature);
}

/** A second. */
function rate(count: number, signed: readonly Signed[], isValid: (each: Signed) => boolean): number {
  const start = performance.now();
  for (let done = 0; done < count; done++) {
    const each = signed[Math.floor(Math.random() * signed.length)];
    if (each === undefined || isValid(each) !== each.isGood) throw new Error("a signature was judged wrongly");
  }
  return (count / (performance.now() - start)) * 1000;
}

/** Milliseconds. */
function measureBuild(signed: readonly Signed[]): number {
  const kernel = Sm2Kernel.start();
  const points = [...new Set(signed.map(({ key }) => key))].map(({ spki }) => spki.subarray(-64));
  return median(
    points.map((point, slot) => {
      const start = performance.now();
      if (kernel.build(slot, point) !== "built") throw new Error("a key's table was refused");
      return performance.now() - start;
    }),
  );
}
