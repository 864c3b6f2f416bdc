import type { RequestListener } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { openOutbound, type Outbound, type OutboundOptions } from "#connectors/outbound.ts";
import { Closing } from "./closing.ts";
import { failure, failureCode, get, LOOPBACK, names, ok } from "./outbound-calls.ts";
import { startSource } from "./source-server.ts";
import { makeTlsAuthority } from "./tls-material.ts";

const closing = new Closing();
afterEach(closing.close);
const opened = (options: Partial<OutboundOptions> = {}): Outbound =>
  closing.client(openOutbound({ allowed: LOOPBACK, ...options }));

describe("TLS", () => {
  const authority = makeTlsAuthority();
  const lookup = names("127.0.0.1");
  const tlsOf = ({ certificate, key }: { certificate: string; key: string }) => ({ cert: certificate, key });
  const start = (name: string, options: object = {}, notAfter?: number) =>
    closing.server(startSource(ok, { ...tlsOf(authority.server(name, notAfter)), ...options }));

  test("a certificate under the given authority, for the name or the address", async () => {
    const server = await start("source.example");
    const outbound = opened({ ca: authority.certificate, lookup });
    expect((await get(outbound, `https://source.example:${server.port}/`)).status).toBe(200);
    expect((await get(outbound, server.url)).status).toBe(200);
  });

  test.each([
    ["of an authority nobody named", "source.example", {}, undefined],
    ["of another authority", "source.example", { ca: makeTlsAuthority().certificate }, undefined],
    ["for another name", "other.example", { ca: authority.certificate }, undefined],
    ["that has ended", "source.example", { ca: authority.certificate }, Date.now() - 86_400_000],
  ])("a certificate %s is not trusted", async (_what, name, options, notAfter) => {
    const server = await start(name, {}, notAfter);
    const error = await failure(get(opened({ lookup, ...options }), `https://source.example:${server.port}/`));
    expect([error.code, error.sent]).toEqual(["SOURCE_UNTRUSTED", false]);
  });

  test("the environment cannot turn verification off", async () => {
    const server = await start("source.example");
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    try {
      expect(await failureCode(get(opened({ lookup }), `https://source.example:${server.port}/`))).toBe(
        "SOURCE_UNTRUSTED",
      );
    } finally {
      delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    }
  });

  test("a server that speaks no TLS is not trusted with anything", async () => {
    const server = await closing.server(startSource(ok));
    const error = await failure(get(opened(), `https://127.0.0.1:${server.port}/`));
    expect([error.code, error.sent]).toEqual(["SOURCE_UNTRUSTED", false]);
  });

  test.each(["TLSv1.2", "TLSv1.3"] as const)("a source that asks for a certificate, over %s", async (version) => {
    const demanding = { requestCert: true, rejectUnauthorized: true, ca: authority.certificate, maxVersion: version };
    let asked = 0;
    const counting: RequestListener = (request, response) => {
      asked++;
      ok(request, response);
    };
    const server = await closing.server(
      startSource(counting, { ...tlsOf(authority.server("source.example")), ...demanding }),
    );
    const url = `https://source.example:${server.port}/`;
    const base = { ca: authority.certificate, lookup };
    expect((await get(opened({ ...base, clientCertificate: authority.client() }), url)).status).toBe(200);
    // Some sources tell why, others just end the connection.
    const refused = /^SOURCE_(REFUSED|UNAVAILABLE)$/;
    expect(await failureCode(get(opened(base), url))).toMatch(refused);
    const clientCertificate = makeTlsAuthority().client();
    expect(await failureCode(get(opened({ ...base, clientCertificate }), url))).toMatch(refused);
    expect(asked).toBe(1);
  });

  test.each([
    ["an authority that is none", { ca: "certificate" }],
    ["a key of another certificate", { clientCertificate: { ...authority.client(), key: authority.client().key } }],
    ["a key that is none", { clientCertificate: { ...authority.client(), key: "key" } }],
  ])("%s is wrong before anything is asked", (_what, options) => {
    expect(() => openOutbound({ allowed: [], ...options })).toThrow(
      expect.objectContaining({ name: "SettingsError" }) as Error,
    );
  });
});
