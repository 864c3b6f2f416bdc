import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cosignatureTime } from "#gateway/log/tlog/cosignature.ts";
import { formatSignature, openNote, parseNote, parseSignatures } from "#gateway/log/tlog/signed-note.ts";
import { readVerifierKey } from "#gateway/log/tlog/verifiers.ts";
import { readFollowedLogs } from "./followed-logs.ts";
import { ORIGIN, requestOf, TestLog, testKeys } from "./test-log.ts";
import { Witness, type WitnessAnswer } from "./witness.ts";
import { openWitnessKey } from "./witness-key.ts";
import { openWitnessMemory, type WitnessMemory } from "./witness-memory.ts";

const NAME = "witness.example/w1";
const log = new TestLog().grow(300);
const other = log.copyOf(100).grow(300, "otherwise");

let directory: string;
let memory: WitnessMemory;
let now: number;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "witness-"));
  memory = openWitnessMemory(directory);
  now = Date.UTC(2026, 10, 21);
});
afterEach(() => {
  memory.close();
  rmSync(directory, { recursive: true });
});

function open(logs = log.keys.vkeys, of = memory) {
  const key = openWitnessKey(directory, NAME, of);
  const witness = new Witness({ key, logs: readFollowedLogs(logs), memory: of, clock: () => now });
  const { verifier } = readVerifierKey(key.vkey);
  return { key, verifier, add: (body: string) => witness.add(Buffer.from(body)), logs: () => witness.logs() };
}

function reopened() {
  memory.close();
  memory = openWitnessMemory(directory);
  return open();
}

const outcomeOf = (answer: WitnessAnswer) => (answer.kind === "refused" ? [answer.code, answer.size] : [answer.kind]);

describe("a cosignature", () => {
  test("holds for the checkpoint and the time, and for no other", () => {
    const { add, verifier } = open();
    const answer = add(log.request(0));
    if (answer.kind !== "cosigned") throw new Error(answer.kind);
    const [line] = parseSignatures(answer.signatures);
    expect(line?.name).toBe(NAME);
    expect(cosignatureTime(line?.signature ?? Buffer.alloc(0))).toBe(now / 1000);
    expect(openNote(log.note() + answer.signatures, [verifier]).verified).toHaveLength(1);
    expect(() => openNote(other.note() + answer.signatures, [verifier])).toThrow("does not hold");
  });

  test("covers extension lines too", () => {
    const { add, verifier } = open();
    const text = `${log.text()}extension\n`;
    const note = `${text}\n${log.keys.signers.map(({ name, keyId, sign }) => formatSignature({ name, keyId, signature: sign(text) })).join("")}`;
    const answer = add(requestOf(0, [], note));
    expect(answer).toMatchObject({ kind: "cosigned" });
    if (answer.kind === "cosigned") expect(openNote(note + answer.signatures, [verifier]).text).toBe(text);
  });

  test("states no earlier time than the one before, whatever the clock says", () => {
    const { add } = open();
    const timeOf = (answer: WitnessAnswer): number | null => {
      if (answer.kind !== "cosigned") throw new Error(answer.kind);
      return cosignatureTime(parseSignatures(answer.signatures)[0]?.signature ?? Buffer.alloc(0));
    };
    const first = timeOf(add(log.request(0, 100)));
    now -= 3_600_000;
    expect(timeOf(add(log.request(100, 200)))).toBe(first);
    expect(timeOf(reopened().add(log.request(200)))).toBe(first);
  });
});

describe("who signed the checkpoint", () => {
  const signer = (at: number) => log.keys.signers.slice(at, at + 1);
  test.each([
    ["both keys", log.note()],
    ["the Ed25519 key alone", log.note(300, signer(0))],
    ["the SM2 key alone", log.note(300, signer(1))],
    ["one that is trusted, beside somebody else", log.note(300, [...testKeys().signers, ...signer(0)])],
  ])("%s", (_what, note) => {
    expect(outcomeOf(open().add(requestOf(0, [], note)))).toEqual(["cosigned"]);
  });

  test.each([
    ["keys of the same name that are not trusted", new TestLog(testKeys()).grow(300).note()],
    ["a signature of another checkpoint", log.text(299) + log.note(300).slice(log.text(300).length)],
    [
      "one that holds and one that does not",
      log.note(300, signer(0)) + log.note(299, signer(1)).slice(log.text(299).length + 1),
    ],
  ])("%s: refused", (_what, note) => {
    const { add, logs } = open();
    expect(outcomeOf(add(requestOf(0, [], note)))).toEqual(["SIGNATURE_REFUSED", 0]);
    expect(logs()).toEqual([{ origin: ORIGIN, size: 0, conflicts: 0 }]);
  });

  test("a log that is not followed is unknown, before anything else is looked at", () => {
    const stranger = new TestLog(testKeys("else.example/log"), "else.example/log").grow(3);
    expect(outcomeOf(open().add(requestOf(9, [], stranger.note())))).toEqual(["LOG_UNKNOWN", 0]);
  });

  test("logs do not mix", () => {
    const second = new TestLog(testKeys("second.example/log"), "second.example/log").grow(50, "second");
    const { add, logs } = open([...log.keys.vkeys, ...second.keys.vkeys]);
    expect([add(log.request(0)), add(second.request(0))].map(outcomeOf)).toEqual([["cosigned"], ["cosigned"]]);
    // The second log's key under the first log's name.
    const forged = new TestLog(second.keys).grow(400);
    expect(outcomeOf(add(requestOf(300, [], forged.note())))).toEqual(["SIGNATURE_REFUSED", 0]);
    expect(logs().map(({ size }) => size)).toEqual([300, 50]);
  });
});

describe("history", () => {
  test("grows, and is there after a restart", () => {
    const { add } = open();
    expect(outcomeOf(add(log.request(0, 100)))).toEqual(["cosigned"]);
    expect(outcomeOf(add(log.request(100, 200)))).toEqual(["cosigned"]);
    const again = reopened();
    expect(outcomeOf(again.add(log.request(0)))).toEqual(["OLD_SIZE_DIFFERS", 200]);
    expect(outcomeOf(again.add(log.request(200)))).toEqual(["cosigned"]);
  });

  test("is not told twice: another tree of the same size, a larger one, a smaller one", () => {
    const { add, logs } = open();
    add(log.request(0, 200));
    expect(outcomeOf(add(other.request(200, 200)))).toEqual(["ROOT_DIFFERS", 200]);
    expect(outcomeOf(add(other.request(200, 300)))).toEqual(["PROOF_REFUSED", 200]);
    expect(outcomeOf(add(other.request(100, 150)))).toEqual(["OLD_SIZE_DIFFERS", 200]);
    expect(outcomeOf(add(other.request(0, 300)))).toEqual(["OLD_SIZE_DIFFERS", 200]);
    expect(logs()).toEqual([{ origin: ORIGIN, size: 200, conflicts: 1 }]);
    expect(outcomeOf(add(log.request(200)))).toEqual(["cosigned"]);
  });

  test("a refused checkpoint is kept as proof once, however others dress it up", () => {
    const { add, logs } = open();
    const [ed25519] = log.keys.signers;
    const signers = ed25519 === undefined ? [] : [ed25519];
    add(requestOf(0, [], log.note(200, signers)));
    const contradiction = other.note(200, signers);
    const dressed =
      contradiction +
      testKeys("nobody.example")
        .signers.map((s) => formatSignature({ ...s, signature: s.sign("x\n") }))
        .join("");
    for (const note of [contradiction, dressed, contradiction]) {
      const answer = add(requestOf(200, [], note));
      expect(outcomeOf(answer)).toEqual(["ROOT_DIFFERS", 200]);
      if (answer.kind === "refused") expect(parseNote(answer.request.note).signatures).toHaveLength(1);
    }
    expect(logs()).toEqual([{ origin: ORIGIN, size: 200, conflicts: 1 }]);
  });

  test("what cannot be kept is not signed", () => {
    open();
    const full: WitnessMemory = {
      ...memory,
      step: () => {
        throw new Error("database or disk is full");
      },
    };
    expect(() => open(log.keys.vkeys, full).add(log.request(0))).toThrow("disk is full");
    expect(outcomeOf(open().add(log.request(0)))).toEqual(["cosigned"]);
  });

  test("is durable before the signature is made", () => {
    const { key } = open();
    const durable: (number | undefined)[] = [];
    const witness = new Witness({
      key: {
        ...key,
        cosign: (text, seconds) => {
          durable.push(memory.latest(ORIGIN)?.size);
          return key.cosign(text, seconds);
        },
      },
      logs: readFollowedLogs(log.keys.vkeys),
      memory,
      clock: () => now,
    });
    witness.add(Buffer.from(log.request(0)));
    expect(durable).toEqual([300]);
  });
});
