import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { accessTokens, type AccessTokens } from "#gateway/clients/access-token.ts";
import { assertionVerifier } from "#gateway/clients/assertion.ts";
import { openGatewayKey } from "#gateway/clients/gateway-key.ts";
import { memoryReplayGuard } from "#gateway/clients/replay-guard.ts";
import { clientWith, makeKey, registryOf } from "#gateway/clients/test-clients.ts";
import { authorizationServerMetadata, parseTokenForm, tokenGranter } from "#gateway/clients/token-endpoint.ts";
import { Fault, problemOfFault } from "#gateway/fault.ts";
import { tokenCommand } from "./token.ts";

const home = mkdtempSync(join(tmpdir(), "tongyan-token-command-"));
const open: (() => void)[] = [];
afterAll(() => rmSync(home, { recursive: true }));
afterEach(() => {
  for (const close of open.splice(0)) close();
});

const keys = {
  "anhui-window": makeKey("EdDSA", "k1"),
  operator: makeKey("PS256", "k2"),
  stranger: makeKey("ES256", "k3"),
};
const directory = join(home, "demo", "clients");
mkdirSync(directory, { recursive: true });
const writeKey = (name: string, text: string): void => writeFileSync(join(directory, `${name}.jwk`), text);
for (const [name, { privateJwk }] of Object.entries(keys)) writeKey(name, JSON.stringify(privateJwk));

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => Promise<void> | void;

async function listen(answer: Answer): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    await answer(request, response, body);
  });
  open.push(
    () => void server.closeAllConnections(),
    () => void server.close(),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const sendJson = (response: ServerResponse, status: number, body: unknown): void =>
  void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

/** A gateway, as far as tokens go. */
async function startGateway(issuerFor: (url: string) => string = (url) => url) {
  const parts: { issuer: string; tokens: AccessTokens | null } = { issuer: "", tokens: null };
  const registry = registryOf(
    clientWith({ keys: [keys["anhui-window"].jwk] }),
    clientWith({ id: "operator", roles: ["operator"], keys: [keys.operator.jwk] }),
  );
  const clock = Date.now;
  const gatewayKey = openGatewayKey(join(home, "keys"));
  const replay = memoryReplayGuard({ clock });
  const url = await listen(async ({ method, url: path }, response, body) => {
    const { issuer } = parts;
    if (path === "/.well-known/oauth-authorization-server")
      return sendJson(response, 200, authorizationServerMetadata(issuer));
    if (path !== "/oauth/token" || method !== "POST") return sendJson(response, 404, {});
    const tokens = accessTokens({ key: gatewayKey, registry, issuer, clock });
    const grant = tokenGranter({ tokens, verifyAssertion: assertionVerifier({ registry, issuer, replay, clock }) });
    try {
      sendJson(response, 200, await grant(parseTokenForm(body), { certificate: null }));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const problem = problemOfFault(error);
      sendJson(response, problem.status, problem);
    }
  });
  parts.issuer = issuerFor(url);
  const tokens = accessTokens({ key: gatewayKey, registry, issuer: parts.issuer, clock });
  return { url, tokens };
}

type Said = { readonly exit: number; readonly out: string; readonly err: string };
async function run(...argv: readonly string[]): Promise<Said> {
  const [out, err]: [string[], string[]] = [[], []];
  const exit = await tokenCommand(argv, {
    stdout: (text) => void out.push(text),
    stderr: (text) => void err.push(text),
    isTerminal: false,
    env: { TONGYAN_DATA: home },
  });
  return { exit, out: out.join(""), err: err.join("") };
}

describe("a token, and nothing else, on standard output", () => {
  test.each(["anhui-window", "operator"])("%s", async (name) => {
    const { url, tokens } = await startGateway();
    const { exit, out, err } = await run(name, "--url", `${url}/`);
    expect([exit, err]).toEqual([0, ""]);
    expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect((await tokens.verify(out.trimEnd(), null)).client.id).toBe(name);
    expect((await run(name, "--url", url)).out).not.toBe(out);
  });

  test("keys of another directory", async () => {
    const { url } = await startGateway();
    mkdirSync(join(home, "elsewhere"), { recursive: true });
    writeFileSync(join(home, "elsewhere", "operator.jwk"), JSON.stringify(keys.operator.privateJwk));
    expect((await run("operator", "--keys", join(home, "elsewhere"), "--url", url)).exit).toBe(0);
    expect((await run("anhui-window", "--keys", join(home, "elsewhere"), "--url", url)).exit).toBe(66);
  });

  test("a gateway of this machine may go by another of the machine's names", async () => {
    const { url } = await startGateway((own) => own.replace("127.0.0.1", "localhost"));
    expect((await run("operator", "--url", url)).exit).toBe(0);
  });
});

describe("why there is none", () => {
  test("the gateway does not know the client's key", async () => {
    const { url } = await startGateway();
    const { exit, out, err } = await run("stranger", "--url", url);
    expect([exit, out]).toEqual([77, ""]);
    expect(err).toMatch(/^tongyan token: 401 ASSERTION_INVALID; 客户端断言无效; .*no active client/);
  });

  test("nobody answers", async () => {
    const url = await listen(() => undefined);
    for (const close of open.splice(0)) close();
    const { exit, out, err } = await run("operator", "--url", url);
    expect([exit, out]).toEqual([69, ""]);
    expect(err).toMatch(/does not answer \(ECONNREFUSED\)/);
  });

  test("the gateway is out of order", async () => {
    const url = await listen(({ url: path }, response) =>
      path === "/oauth/token"
        ? sendJson(response, 503, { code: "BUSY", zh: "系统繁忙，请稍后重试" })
        : sendJson(response, 200, { issuer: url }),
    );
    expect(await run("operator", "--url", url)).toMatchObject({ exit: 69, err: expect.stringContaining("503 BUSY") });
  });

  test.each<[string, Answer]>([
    ["a page", (_, response) => void response.end("<html>")],
    ["nothing", (_, response) => void response.end()],
    ["another JSON", (_, response) => sendJson(response, 200, { hello: 1 })],
    ["a list", (_, response) => sendJson(response, 200, null)],
    ["not found", (_, response) => sendJson(response, 404, { issuer: "x" })],
    ["without end", (_, response) => void response.end(`{"issuer":"${"x".repeat(70_000)}"}`)],
  ])("what answers is no gateway: %s", async (_, answer) => {
    const url = await listen(answer);
    expect(await run("operator", "--url", url)).toMatchObject({ exit: 76, out: "" });
  });

  test("a redirect is not followed", async () => {
    const { url: target } = await startGateway();
    const url = await listen(
      ({ url: path }, response) => void response.writeHead(307, { location: `${target}${path}` }).end(),
    );
    expect(await run("operator", "--url", url)).toMatchObject({ exit: 76, out: "" });
  });

  test("a gateway that gives another's name gets no assertion for that one", async () => {
    const bodies: string[] = [];
    const url = await listen((_, response, body) => {
      bodies.push(body);
      sendJson(response, 200, authorizationServerMetadata("https://gateway.example"));
    });
    const { exit, err } = await run("operator", "--url", url);
    expect(exit).toBe(76);
    expect(err).toContain("calls itself https://gateway.example");
    expect(bodies).toEqual([""]);
  });
});

describe("keys that cannot be used", () => {
  const { d: _, ...publicOnly } = keys.operator.privateJwk;
  test.each<[string, string, number]>([
    ["public", JSON.stringify(keys.operator.jwk), 65],
    ["without-d", JSON.stringify(publicOnly), 65],
    ["no-kid", JSON.stringify({ ...keys.operator.privateJwk, kid: undefined }), 65],
    ["no-alg", JSON.stringify({ ...keys.operator.privateJwk, alg: undefined }), 65],
    ["text", "MARK", 65],
    ["list", "[]", 65],
    ["secret", JSON.stringify({ kty: "oct", k: "TUFSSw", kid: "k", alg: "HS256" }), 65],
  ])("%s", async (name, text, status) => {
    const { url } = await startGateway();
    writeKey(name, text);
    const { exit, out, err } = await run(name, "--url", url);
    expect([exit, out]).toEqual([status, ""]);
    expect(err).toMatch(/^tongyan token: /);
    expect(err).not.toContain("MARK");
  });

  test("there is none", async () => {
    const { exit, err } = await run("nobody", "--url", "http://127.0.0.1:1");
    expect(exit).toBe(66);
    expect(err).toContain("no such client here");
  });
});

describe("usage", () => {
  test.each<readonly string[][]>([
    [[]],
    [["a", "b"]],
    [["../a"]],
    [["a", "--url", "gateway.example"]],
    [["a", "--url", "file:///etc/passwd"]],
    [["a", "--other"]],
  ])("%j", async (argv) => {
    const { exit, out, err } = await run(...argv);
    expect([exit, out]).toEqual([64, ""]);
    expect(err).toContain("tongyan token CLIENT");
  });

  test("--help", async () => {
    expect(await run("--help")).toMatchObject({ exit: 0, err: "", out: expect.stringContaining("Exit status") });
  });
});
