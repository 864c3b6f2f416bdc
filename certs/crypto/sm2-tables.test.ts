import { describe, expect, test } from "vitest";
import { generateKey, type SigningKey } from "../issue/keys.ts";
import { type SignatureQuestion, verifySignature, verifyValue } from "./algorithms.ts";
import { SignatureMemory } from "./memory.ts";
import { readPublicKey } from "./public-key.ts";
import { Sm2Kernel } from "./sm2-kernel/kernel.ts";
import { Sm2Tables, type Sm2TablesOptions, TABLE_LIMITS } from "./sm2-tables.ts";

type Signer = { readonly own: SigningKey; readonly question: SignatureQuestion };

function newSigner(): Signer {
  const own = generateKey("SM2");
  const message = Buffer.from("licence");
  const algorithm = { oid: own.signatureOid, parameters: null };
  const question = {
    algorithm,
    key: readPublicKey(own.spki),
    message,
    signature: own.sign(message),
    at: Date.UTC(2026),
  };
  return { own, question };
}

/** `build` builds what waits, and tells how many. */
function newTables(options: Sm2TablesOptions = {}): { readonly tables: Sm2Tables; readonly build: () => number } {
  const tables = new Sm2Tables(options);
  const build = (): number => {
    let built = 0;
    while (tables.buildNext()) built += 1;
    return built;
  };
  return { tables, build };
}

/** Counts what its kernel is asked; `refuse` makes memory run out at this slot. */
function countingKernel(refuse = Infinity) {
  const kernel = Sm2Kernel.start();
  const asked = { built: 0, verified: 0 };
  const start = () => ({
    bytes: kernel.bytes,
    build(slot: number, point: Uint8Array) {
      if (slot >= refuse) throw new RangeError("memory");
      asked.built += 1;
      return kernel.build(slot, point);
    },
    verify(slot: number, question: Parameters<Sm2Kernel["verify"]>[1]) {
      asked.verified += 1;
      return kernel.verify(slot, question);
    },
  });
  return { asked, start };
}

const limits = (own: Partial<typeof TABLE_LIMITS>): typeof TABLE_LIMITS => ({ ...TABLE_LIMITS, ...own });
const see = (tables: Sm2Tables, { question }: Signer, times = 1): void => {
  for (let i = 0; i < times; i++) expect(verifyValue(question, tables)).toBe("valid");
};

describe("a key that recurs", () => {
  test("has a table once it is built, not in the midst of verifying; answers stay what they were", () => {
    const { asked, start } = countingKernel();
    const { tables, build } = newTables({ start });
    const signer = newSigner();
    see(tables, signer, 5);
    expect(tables.state).toMatchObject({ tables: 0, waiting: 1, bytes: 0 });
    expect(build()).toBe(1);
    expect(tables.state).toMatchObject({ tables: 1, waiting: 0 });
    see(tables, signer, 3);
    expect(asked).toEqual({ built: 1, verified: 3 });
    const { question, own } = signer;
    const wrong = { fault: "the signature value does not fit" };
    expect(verifyValue({ ...question, message: Buffer.from("licencf") }, tables)).toEqual(wrong);
    expect(verifyValue({ ...question, signature: own.sign(Buffer.from("x")) }, tables)).toEqual(wrong);
    expect(asked.verified).toBe(5);
    expect(verifyValue({ ...question, signature: new Uint8Array(64), raw: "accept" }, tables)).toMatchObject({
      fault: "signature value: r or s out of range",
    });
    expect(asked.verified).toBe(5);
  });

  test("is looked up by its own SPKI: another key's signature does not pass by its table", () => {
    const { tables, build } = newTables();
    const [one, other] = [newSigner(), newSigner()];
    see(tables, one, 2);
    see(tables, other, 2);
    expect(build()).toBe(2);
    for (const [key, signature] of [
      [one.question.key, other.question.signature],
      [other.question.key, one.question.signature],
    ] as const)
      expect(verifyValue({ ...one.question, key, signature }, tables)).toMatchObject({ fault: /fit/ });
    see(tables, one);
    see(tables, other);
  });

  test("is seen by a memory of signatures too, whose answers stay what they were", () => {
    const memory = new SignatureMemory();
    const { own, question } = newSigner();
    for (let i = 0; i < 6; i++) {
      const message = Buffer.of(i);
      const signature = own.sign(message);
      expect(memory.verify({ ...question, message, signature }).outcome).toBe("passed");
      expect(memory.verify({ ...question, message: Buffer.of(i, 0), signature })).toMatchObject({
        code: "SIGNATURE_INVALID",
      });
      memory.tables.buildNext();
    }
    expect(memory.tables.state.tables).toBe(1);
    expect(verifySignature(question).outcome).toBe("passed");
  });

  test("seen once, or with another algorithm, has none", () => {
    const { tables, build } = newTables();
    see(tables, newSigner());
    const own = generateKey("P-256");
    const key = readPublicKey(own.spki);
    const message = Buffer.from("licence");
    const question = {
      algorithm: { oid: own.signatureOid, parameters: null },
      key,
      message,
      signature: own.sign(message),
    };
    for (let i = 0; i < 5; i++) expect(verifyValue({ ...question, at: 0 }, tables)).toBe("valid");
    expect(build()).toBe(0);
  });
});

describe("the number of tables", () => {
  const sightings = { whileFree: 2, whenFull: 4 };

  test("is bounded: who was used longest ago makes place, for who was seen more often", () => {
    const { asked, start } = countingKernel();
    const { tables, build } = newTables({ start, limits: limits({ tables: 2, sightings }) });
    const [a, b, c] = [newSigner(), newSigner(), newSigner()];
    see(tables, a, 2);
    see(tables, b, 2);
    build();
    see(tables, c, 3);
    expect(build()).toBe(0);
    see(tables, a); // b is now the one used longest ago
    see(tables, c);
    expect(build()).toBe(1);
    expect(tables.state.tables).toBe(2);
    const before = asked.verified;
    see(tables, b);
    expect(asked.verified).toBe(before);
    see(tables, a);
    see(tables, c);
    expect(asked.verified).toBe(before + 2);
  });

  test("a key that was driven out has to be seen as often again", () => {
    const { asked, start } = countingKernel();
    const { tables, build } = newTables({ start, limits: limits({ tables: 1, sightings }) });
    const signers = [newSigner(), newSigner()] as const;
    for (let round = 0; round < 12; round++)
      for (const signer of signers) {
        see(tables, signer);
        build();
      }
    // 24 verifications, four natively for each table but the first: never a table for each.
    expect(asked.built).toBeGreaterThan(1);
    expect(asked.built).toBeLessThanOrEqual(6);
  });

  test("ever new keys get none, and what is counted and waits is bounded", () => {
    const { asked, start } = countingKernel();
    const { tables, build } = newTables({ start, limits: limits({ tables: 4, counted: 8, waiting: 3 }) });
    const signers = Array.from({ length: 20 }, newSigner);
    for (let round = 0; round < 3; round++) for (const signer of signers) see(tables, signer);
    expect(build()).toBe(0); // forgotten before they came again
    for (const signer of signers.slice(0, 6)) see(tables, signer, 2);
    expect(tables.state.waiting).toBe(3);
    expect(build()).toBe(3);
    for (const signer of signers) see(tables, signer, 2);
    build();
    expect(tables.state.tables).toBe(4);
    expect(asked.built).toBe(4);
  });

  test("its memory is as much as its tables need", () => {
    const { tables, build } = newTables();
    for (const signer of Array.from({ length: 8 }, newSigner)) {
      see(tables, signer, 2);
      build();
    }
    const { bytes } = tables.state;
    expect(bytes).toBeLessThan(8 * 88_064 + 1024 * 1024);
    expect(TABLE_LIMITS.tables * 88_064 + 1024 * 1024).toBeLessThan(64 * 1024 * 1024);
  });
});

describe("without a kernel", () => {
  test("every key goes native, and nothing waits again", () => {
    const start = (): never => {
      throw new ReferenceError("WebAssembly is not defined");
    };
    const { tables, build } = newTables({ start });
    const [a, b] = [newSigner(), newSigner()];
    see(tables, a, 3);
    see(tables, b, 3);
    expect(build()).toBe(1);
    see(tables, a, 3);
    see(tables, newSigner(), 3);
    expect(build()).toBe(0);
    expect(tables.state).toEqual({ tables: 0, places: 0, waiting: 0, bytes: 0 });
  });

  test("when memory for more tables is refused, those that are there go on, and take turns", () => {
    const { asked, start } = countingKernel(2);
    const { tables, build } = newTables({ start, limits: limits({ sightings: { whileFree: 2, whenFull: 3 } }) });
    const [a, b, c] = [newSigner(), newSigner(), newSigner()];
    for (const signer of [a, b, c]) {
      see(tables, signer, 2);
      build();
    }
    expect(tables.state).toMatchObject({ tables: 2, places: 2 });
    see(tables, c, 3);
    build();
    see(tables, c);
    expect(asked).toEqual({ built: 3, verified: 1 });
  });
});
