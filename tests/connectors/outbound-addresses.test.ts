import type { LookupFunction } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { parseNetworks } from "#connectors/address-check.ts";
import { openOutbound, type Outbound, type OutboundOptions } from "#connectors/outbound.ts";
import { Closing } from "./closing.ts";
import { failure, failureCode, get, LOOPBACK, names, ok } from "./outbound-calls.ts";
import { startSource } from "./source-server.ts";

const closing = new Closing();
afterEach(closing.close);
const opened = (options: Partial<OutboundOptions> = {}): Outbound =>
  closing.client(openOutbound({ allowed: LOOPBACK, ...options }));

describe("addresses", () => {
  test.each([
    "http://127.0.0.1",
    "http://2130706433",
    "http://0x7f000001",
    "http://0177.0.0.1",
    "http://127.1",
    "http://[::1]",
    "http://[::ffff:127.0.0.1]",
    "http://[::ffff:7f00:1]",
    "http://[64:ff9b::7f00:1]",
    "http://localhost",
    "https://127.0.0.1",
    "http://10.1.2.3",
    "https://192.168.1.1",
    "https://[fd12::1]",
  ])("%s is not reached when no network is listed", async (origin) => {
    const server = await closing.server(startSource(ok));
    const error = await failure(get(opened({ allowed: [] }), `${origin}:${server.port}/`));
    expect(error.code).toBe("SOURCE_ADDRESS");
    expect(error.sent).toBe(false);
    expect(server.connections()).toBe(0);
  });

  test.each([
    "http://127.0.0.1",
    "http://2130706433",
    "http://0x7f.1",
    "http://localhost",
    "http://[::ffff:127.0.0.1]",
  ])("%s is reached when its network is listed", async (origin) => {
    const server = await closing.server(startSource(ok));
    const answer = await get(opened(), `${origin}:${server.port}/`);
    expect([answer.status, answer.body.toString()]).toEqual([200, '{"ok":true}']);
  });

  test.each([
    "http://169.254.169.254/latest/meta-data/",
    "https://169.254.169.254/",
    "https://100.100.100.200/",
    "http://0.0.0.0:1/",
    "https://[fe80::1]/",
    "https://[::]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[fd00:ec2::254]/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
  ])("%s is not reached whatever is listed", async (url) => {
    const wide = parseNetworks(["10.0.0.0/8", "127.0.0.0/8", "100.64.0.0/10", "fc00::/7"], "allowNetworks");
    expect(await failureCode(get(opened({ allowed: wide }), url))).toBe("SOURCE_ADDRESS");
  });

  test("plain http goes to listed networks only, also on the Internet", async () => {
    expect(await failureCode(get(opened(), "http://93.184.215.14/"))).toBe("SOURCE_ADDRESS");
    expect(await failureCode(get(opened({ lookup: names("93.184.215.14") }), "http://source.example/"))).toBe(
      "SOURCE_ADDRESS",
    );
  });

  test.each([["127.0.0.1"], ["10.0.0.5"], ["::1"], ["::ffff:169.254.169.254"], ["fe80::1"]])(
    "a name that stands for %s is not reached",
    async (address) => {
      const server = await closing.server(startSource(ok));
      const outbound = opened({ allowed: [], lookup: names(address) });
      expect(await failureCode(get(outbound, `https://source.example:${server.port}/`))).toBe("SOURCE_ADDRESS");
      expect(server.connections()).toBe(0);
    },
  );

  test("a name is judged at each connection, not once", async () => {
    const server = await closing.server(
      startSource((_request, response) => response.setHeader("connection", "close").end()),
    );
    let answer = "127.0.0.1";
    const lookup: LookupFunction = (hostname, options, callback) => names(answer)(hostname, options, callback);
    const outbound = opened({ lookup });
    const url = `http://source.example:${server.port}/`;
    expect((await get(outbound, url)).status).toBe(200);
    answer = "169.254.169.254";
    expect(await failureCode(get(outbound, url))).toBe("SOURCE_ADDRESS");
    answer = "127.0.0.1";
    expect((await get(outbound, url)).status).toBe(200);
  });

  test("of several addresses only those that may be reached are", async () => {
    const server = await closing.server(startSource(ok));
    const outbound = opened({ lookup: names("10.0.0.1", "169.254.169.254", "127.0.0.1") });
    expect((await get(outbound, `http://source.example:${server.port}/`)).status).toBe(200);
  });

  test.each(["ftp://127.0.0.1/", "file:///etc/passwd", "http://user:word@127.0.0.1/", "http://user@127.0.0.1/"])(
    "%s is not asked",
    async (url) => {
      expect(await failureCode(get(opened(), url))).toBe("SOURCE_ADDRESS");
    },
  );
});
