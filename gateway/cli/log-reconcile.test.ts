import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { IndexStore } from "#gateway/log/index/index-store.ts";
import { leafBytes } from "#gateway/log/leaf.ts";
import { exchange, TestGateway } from "#gateway/log/reconcile/test-peers.ts";
import { logCommand } from "./log.ts";

const home = mkdtempSync(join(tmpdir(), "tongyan-reconcile-command-"));
afterAll(() => rmSync(home, { recursive: true }));
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

let a: TestGateway;
let b: TestGateway;
let gone: Awaited<ReturnType<typeof exchange>>;
/** Two exchanges, of which the answering side has lost one. */
beforeEach(async () => {
  a = new TestGateway("anhui");
  b = new TestGateway("guangdong");
  await exchange(a, b);
  gone = await exchange(a, b);
  b.remove(gone.answering);
});

async function run(...argv: readonly string[]) {
  const out = { stdout: "", stderr: "" };
  const exit = await logCommand(["reconcile", ...argv], {
    stdout: (text) => void (out.stdout += text),
    stderr: (text) => void (out.stderr += text),
    isTerminal: false,
    env: {},
  });
  return { exit, ...out };
}
function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(home, name), content);
  return join(home, name);
}
const linesOf = ({ exchanges }: TestGateway): string =>
  exchanges
    .map(({ id, ...rest }, index) => `${JSON.stringify({ index, subject: null, erased: null, id, ...rest })}\n`)
    .concat(`${JSON.stringify({ complete: true, count: exchanges.length })}\n`)
    .join("");
const exportOf = (gateway: TestGateway): string => file(`${gateway.client}.ndjson`, linesOf(gateway));

/** A data directory with its index. */
function directoryOf(gateway: TestGateway): string {
  const directory = mkdtempSync(join(home, "data-"));
  mkdirSync(join(directory, "log", "journal"), { recursive: true });
  const store = new IndexStore(join(directory, "log", "index.sqlite"));
  const salts = Buffer.alloc(48, 1);
  store.add(
    gateway.exchanges.map(({ id, time, record }, index) => {
      const text = JSON.stringify(record);
      const leaf = leafBytes({ id: id ?? "", time, salts, request: "", record: text, answer: "" });
      return { index, leaf, salts, target: null, subject: null, persons: [], record: Buffer.from(text) };
    }),
  );
  store.truncateWal();
  store.close();
  return directory;
}

async function urlOf(gateway: TestGateway, token: string): Promise<string> {
  const server = createServer((request, response) => {
    if (request.headers.authorization !== `Bearer ${token}`) return response.writeHead(401).end();
    if (request.url !== "/v1/exchanges/export") return response.writeHead(404).end();
    return response.writeHead(200, { "content-type": "application/x-ndjson" }).end(linesOf(gateway));
  });
  closing.push(
    () => void server.closeAllConnections(),
    () => void server.close(),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function jwks(...gateways: readonly TestGateway[]): string {
  const jwkOf = ({ key: { key, kid } }: TestGateway): object =>
    Object.assign(key.export({ format: "jwk" }), { kid, alg: "EdDSA", use: "sig" });
  return file("jwks.json", JSON.stringify({ keys: gateways.map(jwkOf) }));
}

describe("two gateways", () => {
  type Place = (gateway: TestGateway) => string | Promise<string>;
  const places: [string, Place, Place][] = [
    ["exports", exportOf, exportOf],
    ["data directories", directoryOf, directoryOf],
    ["a data directory and an export", directoryOf, exportOf],
    ["an export and a URL", exportOf, (gateway) => urlOf(gateway, "token")],
  ];
  test.each(places)("%s: what only one of them has is found", async (_, placeOfA, placeOfB) => {
    const [first, second] = [await placeOfA(a), await placeOfB(b)];
    const token = second.startsWith("http") ? ["--token-b", "token"] : [];
    const { exit, stdout } = await run(first, second, ...token, "--json");
    expect(exit).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      agree: false,
      directions: [{ agreeing: 1, onlyAsking: [{ code: "NOT_ANSWERED", answering: gone.answering }] }, { agreeing: 0 }],
    });
  });

  test("for people", async () => {
    const { exit, stdout } = await run(exportOf(a), exportOf(b), "--key", jwks(a, b));
    expect(exit).toBe(1);
    expect(stdout).toContain("✘ 不一致 NOT ALIKE");
    expect(stdout).toContain("✔ 一致 ALIKE");
    expect(stdout).toContain(`${gone.asking} → ${gone.answering}`);
    expect(stdout).toContain("NOT_ANSWERED");
    expect(stdout).toContain("签名已核对 signatures checked: 3");
  });

  test("without keys it says that signatures were not checked", async () => {
    const { stdout } = await run(exportOf(a), exportOf(b));
    expect(stdout).toContain("签名未核对 signatures not checked: 3");
  });

  test("that agree", async () => {
    a.remove(gone.asking);
    b.exchanges.pop();
    const { exit, stdout } = await run(exportOf(a), exportOf(b), "--key", jwks(a, b));
    expect([exit, stdout.includes("✘")]).toEqual([0, false]);
  });

  test("more than can be listed is counted", async () => {
    for (let at = 0; at < 25; at++) b.remove((await exchange(a, b)).answering);
    const { stdout } = await run(exportOf(a), exportOf(b));
    expect(stdout).toContain("另有 6 项 and 6 more (--json)");
  });
});

describe("a side that cannot be read", () => {
  test.each<[string, () => string | Promise<string>]>([
    ["is not there", () => join(home, "none")],
    ["is a directory without an index", () => mkdtempSync(join(home, "empty-"))],
    ["is no export", () => file("no-export", "x\n")],
    ["is an export of something else", () => file("other-export", '{"id":"1"}\n')],
    ["is cut off", () => file("cut-off", linesOf(b).slice(0, -1))],
    [
      "lacks its last line",
      () =>
        file(
          "cut-off-whole",
          linesOf(b)
            .split(/(?<=\n)/)
            .slice(0, -1)
            .join(""),
        ),
    ],
    [
      "lacks a line",
      () =>
        file(
          "without-one",
          linesOf(b)
            .split(/(?<=\n)/)
            .slice(1)
            .join(""),
        ),
    ],
    ["goes on behind its last line", () => file("goes-on", linesOf(b) + linesOf(b))],
    ["is no text", () => file("no-text", Buffer.of(0xff, 0x0a))],
    ["wants a token", () => urlOf(b, "token")],
    ["does not answer", () => "http://127.0.0.1:1"],
  ])("%s", async (_, place) => {
    const { exit, stdout, stderr } = await run(exportOf(a), await place());
    expect([exit, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^tongyan log: .+\n$/);
  });

  test.each([
    ["a key that is none", ["--key", file("no-key.json", "{}")]],
    [
      "a private key",
      [
        "--key",
        file("private.json", JSON.stringify({ kty: "OKP", crv: "Ed25519", x: "AA", d: "AA", kid: "1", alg: "EdDSA" })),
      ],
    ],
    ["a token for a file", ["--token-a", "x"]],
    ["an unknown option", ["--trust", "x"]],
  ])("wrong usage: %s", async (_, argv) => {
    expect(await run(exportOf(a), exportOf(b), ...argv)).toMatchObject({ exit: 64, stdout: "" });
  });
});
