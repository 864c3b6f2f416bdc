import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfigError } from "#gateway/config.ts";
import { cosigner } from "#gateway/log/tlog/cosignature.ts";
import { readFollowedLogs } from "./followed-logs.ts";
import { testKeys } from "./test-log.ts";
import { readWitnesses } from "./witness-list.ts";

const key = (name: string): string => cosigner(name, generateKeyPairSync("ed25519").privateKey).vkey;
const [w1, w2] = [key("witness.example/w1"), key("witness.example/w2")];
const [logKey = "", sm2Key = ""] = testKeys().vkeys;
const read = (text: string) => readWitnesses(text).map(({ url, verifier }) => [url, verifier.name]);

test("lines, and a file of them", () => {
  const lines = `https://w1.example/ ${w1}\n# of the province\n\n  http://127.0.0.1:8190/w2\t${w2}  \n`;
  const expected = [
    ["https://w1.example", "witness.example/w1"],
    ["http://127.0.0.1:8190/w2", "witness.example/w2"],
  ];
  expect(read(lines)).toEqual(expected);
  expect(read(`https://w1.example ${w1};http://127.0.0.1:8190/w2 ${w2}`)).toEqual(expected);
  const directory = mkdtempSync(join(tmpdir(), "witnesses-"));
  writeFileSync(join(directory, "witnesses"), lines);
  expect(read(join(directory, "witnesses"))).toEqual(expected);
  rmSync(directory, { recursive: true });
});

test.each([
  ["no file of this name", "no-such-file"],
  ["a key alone", `https://w1.example`],
  ["something after the key", `https://w1.example ${w1} w1`],
  ["a key that was changed", `https://w1.example ${w1.slice(0, -3)}A==`],
  ["another name before the key", `https://w1.example ${w1.replace("w1", "w9")}`],
  ["a log's key", `https://w1.example ${logKey}`],
  ["a log's SM2 key", `https://w1.example ${sm2Key}`],
  ["credentials in the address", `https://me:secret@w1.example ${w1}`],
  ["a query in the address", `https://w1.example/?a=b ${w1}`],
  ["a fragment in the address", `https://w1.example/#a ${w1}`],
  ["the same address twice", `https://w1.example ${w1}\nhttps://w1.example/ ${w2}`],
  ["the same witness twice", `https://w1.example ${w1}\nhttps://w2.example ${w1}`],
  ["one of two that cannot be used", `https://w1.example ${w1}\nftp://w2.example ${w2}`],
  [
    "more than any gateway needs",
    Array.from({ length: 17 }, (_, at) => `https://w${at}.example ${key(`w${at}`)}`).join("\n"),
  ],
])("%s is refused by the variable's name, without a secret", (_what, text) => {
  expect(() => readWitnesses(text)).toThrow(ConfigError);
  expect(() => readWitnesses(text)).toThrow(/^TONGYAN_WITNESSES: (?!.*secret)/);
});

test("followed logs: the keys of each by its origin, each once", () => {
  const second = testKeys("second.example/log");
  const logs = readFollowedLogs([logKey, "", "# the other key", sm2Key, logKey, ...second.vkeys]);
  expect([...logs].map(([origin, keys]) => [origin, keys.length])).toEqual([
    ["gateway.example/log/0badcafe", 2],
    ["second.example/log", 2],
  ]);
});

test.each([
  ["none", []],
  ["only remarks", ["# none", ""]],
  ["a witness's key", [w1]],
  ["what is no key", ["gateway.example/log"]],
  ["a key that was changed", [logKey.replace("gateway", "getaway")]],
])("followed logs: %s is refused", (_what, lines) => {
  expect(() => readFollowedLogs(lines)).toThrow(ConfigError);
});
