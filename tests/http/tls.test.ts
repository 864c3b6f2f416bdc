import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { Agent, request as httpsRequest, type RequestOptions } from "node:https";
import type { IncomingMessage } from "node:http";
import { text as readAll } from "node:stream/consumers";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Credentials } from "#gateway/clients/authentication.ts";
import { makeTlsAuthority, type Pem } from "../connectors/tls-material.ts";
import { LOOKUP } from "./inquiries.ts";
import { startTestService, type TestService } from "./service.ts";

const authority = makeTlsAuthority();
const foreign = makeTlsAuthority();
const server = authority.server("gateway.example");
const ours = authority.client();
const theirs = foreign.client();

const thumbprintOf = ({ certificate }: Pem): string =>
  createHash("sha256").update(new X509Certificate(certificate).raw).digest("hex");

let service: TestService;
const tls = { cert: server.certificate, key: server.key, clientCa: authority.certificate };
beforeAll(async () => {
  service = await startTestService({ tls });
});
afterAll(() => service.close());

type Answer = { readonly status: number | undefined; readonly code: string | undefined };

/** With a connection of its own, and the certificate that is given. */
async function ask(path: string, init: RequestOptions & { readonly body?: string }, pem: Pem | null): Promise<Answer> {
  const agent = new Agent({ maxCachedSessions: 0 });
  const certificate = pem === null ? {} : { cert: pem.certificate, key: pem.key };
  const options = { agent, ca: authority.certificate, ...certificate, ...init };
  const request = httpsRequest(`${service.url}${path}`, options);
  request.end(init.body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const { code } = JSON.parse(await readAll(response)) as { code?: string };
  agent.destroy();
  return { status: response.statusCode, code };
}

async function lookUp(authorization: string, pem: Pem | null): Promise<Answer> {
  const headers = { authorization, "content-type": "application/json" };
  return await ask("/v1/lookups", { method: "POST", headers, body: JSON.stringify(LOOKUP) }, pem);
}

test("clients without a certificate are let in", async () => {
  expect((await ask("/health/live", {}, null)).status).toBe(200);
  expect((await lookUp((await service.token("window")).authorization, null)).status).toBe(200);
});

describe("a token that is bound to a certificate", () => {
  test("counts with it, and without it or with another does not", async () => {
    const { authorization } = await service.token("window", thumbprintOf(ours));
    expect((await lookUp(authorization, ours)).status).toBe(200);
    expect(await lookUp(authorization, null)).toEqual({ status: 401, code: "TOKEN_INVALID" });
    expect(await lookUp(authorization, authority.client())).toEqual({ status: 401, code: "TOKEN_INVALID" });
  });

  test("counts on a connection that is resumed", async () => {
    const { authorization } = await service.token("window", thumbprintOf(ours));
    const options = {
      port: service.port,
      host: "127.0.0.1",
      ca: authority.certificate,
      cert: ours.certificate,
      key: ours.key,
    };
    const first = connect(options);
    const [session] = (await once(first, "session")) as [Buffer];
    first.destroy();
    const second = connect({ ...options, session });
    await once(second, "secureConnect");
    expect(second.isSessionReused()).toBe(true);
    const head = [
      "POST /v1/lookups HTTP/1.1",
      "Host: 127.0.0.1",
      "Connection: close",
      `Authorization: ${authorization}`,
    ];
    const body = JSON.stringify(LOOKUP);
    second.write(
      [...head, "Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`, "", body].join("\r\n"),
    );
    expect(await readAll(second)).toMatch(/^HTTP\/1\.1 200 /);
  });
});

test.each(["TLSv1.2", "TLSv1.3"] as const)(
  "a certificate of other authorities is not taken for none, over %s",
  async (version) => {
    const bounds = { minVersion: version, maxVersion: version } as const;
    await expect(ask("/health/live", bounds, theirs)).rejects.toThrow(/hang up|ECONNRESET|EPIPE|disconnected/);
    expect((await ask("/health/live", bounds, ours)).status).toBe(200);
  },
);

test("TLS 1.1 and plain HTTP are not spoken", async () => {
  await expect(ask("/health/live", { minVersion: "TLSv1.1", maxVersion: "TLSv1.1" }, null)).rejects.toThrow();
  await expect(fetch(`http://127.0.0.1:${service.port}/health/live`)).rejects.toThrow();
});

test("without an authority for clients no certificate is asked for, and none counts", async () => {
  const seen: Credentials[] = [];
  const other = await startTestService({
    tls: { ...tls, clientCa: null },
    authenticate: async (credentials) => {
      seen.push(credentials);
      const caller = { id: "local", network: credentials.network, authentication: "none", perMinute: 100 } as const;
      return { caller: { ...caller, organisation: null, roles: [] }, bodyDigest: null, service: null };
    },
  });
  const options = { ca: authority.certificate, cert: ours.certificate, key: ours.key };
  const request = httpsRequest(`${other.url}/v1/items`, options).end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.resume();
  expect(seen).toMatchObject([{ certificate: null, network: "loopback" }]);
  await other.close();
});
