import { hash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { type CertificateRequest, type Issued, issueCertificate } from "#certs/issue/certificate.ts";
import { generateKey, type KeyKind } from "#certs/issue/keys.ts";
import { certificateOf } from "#gateway/clients/client-certificate.ts";
import { ConfigError } from "./config.ts";
import { httpsOptions } from "./http/tls.ts";
import { readTls } from "./tls.ts";

const DAY = 86_400_000;
const home = mkdtempSync(join(tmpdir(), "tongyan-tls-"));
const open: (() => void)[] = [];
afterAll(() => rmSync(home, { recursive: true }));
afterEach(() => {
  for (const close of open.splice(0)) close();
});

function issue(name: string, members: Partial<CertificateRequest> = {}, kind: KeyKind = "P-256"): Issued {
  const now = Date.now();
  return issueCertificate({
    subject: [["CN", name]],
    key: generateKey(kind),
    notBefore: now - DAY,
    notAfter: now + DAY,
    ...members,
  });
}
const certificatePem = ({ certificate }: Issued): string => new X509Certificate(certificate).toString();
const keyPem = ({ key }: Issued): string => key.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const write = (name: string, text: string): string => {
  writeFileSync(join(home, name), text);
  return join(home, name);
};

const ca = issue("示例客户端证书机构", { ca: true });
const strangers = issue("示例其他机构", { ca: true });
const server = issue("127.0.0.1");
const client = issue("示例窗口", { issuer: ca });
const ended = issue("示例旧窗口", { issuer: ca, notAfter: Date.now() - 1000 });
const stranger = issue("示例外人", { issuer: strangers });
const files = {
  cert: write("server.pem", certificatePem(server)),
  key: write("server.key", keyPem(server)),
  clientCa: write("clients.pem", certificatePem(ca)),
};

async function startServer(clientCa: string | null): Promise<number> {
  const listening = createServer(httpsOptions(readTls({ ...files, clientCa })), ({ socket }, response) => {
    response.end(JSON.stringify(socket instanceof TLSSocket ? certificateOf(socket) : "no TLS"));
  });
  open.push(() => listening.close());
  listening.listen(0, "127.0.0.1");
  await once(listening, "listening");
  return (listening.address() as AddressInfo).port;
}

/** What the server saw of the certificate. */
async function seenOf(port: number, as: Issued | null): Promise<unknown> {
  const own = as === null ? {} : { cert: certificatePem(as), key: keyPem(as) };
  const asked = request({
    host: "127.0.0.1",
    port,
    ...own,
    ca: certificatePem(server),
    checkServerIdentity: () => undefined,
    agent: false,
  });
  asked.end();
  const [response]: [AsyncIterable<Buffer>] = (await once(asked, "response")) as [AsyncIterable<Buffer>];
  let text = "";
  for await (const chunk of response) text += chunk.toString("utf8");
  return JSON.parse(text);
}

describe("client certificates", () => {
  test("one that our CA issued is known by the SHA-256 of its DER", async () => {
    const port = await startServer(files.clientCa);
    expect(await seenOf(port, client)).toBe(hash("sha256", client.certificate, "hex"));
  });

  test("none, one of another CA, and one that has ended are all none", async () => {
    const port = await startServer(files.clientCa);
    expect(await seenOf(port, null)).toBeNull();
    expect(await seenOf(port, stranger)).toBeNull();
    expect(await seenOf(port, ended)).toBeNull();
  });

  test("without a CA of clients nobody has one", async () => {
    const port = await startServer(null);
    expect(await seenOf(port, client)).toBeNull();
  });
});

describe("files that cannot be used stop the start, and the variable is named", () => {
  const other = write("other.key", keyPem(client));
  const text = write("text.pem", "MARK: no PEM at all");
  const locked = write(
    "locked.key",
    server.key.privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }).toString(),
  );
  test.each<[string, Partial<typeof files>, RegExp]>([
    ["no such certificate", { cert: join(home, "absent") }, /^TONGYAN_TLS_CERT: .*ENOENT/],
    ["no such key", { key: join(home, "absent") }, /^TONGYAN_TLS_KEY: .*ENOENT/],
    ["a directory", { clientCa: home }, /^TONGYAN_TLS_CLIENT_CA: .*EISDIR/],
    ["no certificate", { cert: text }, /^TONGYAN_TLS_CERT holds no certificate/],
    ["no key", { key: text }, /^TONGYAN_TLS_KEY holds no private key/],
    ["a certificate for a key", { key: files.cert }, /^TONGYAN_TLS_KEY holds no private key/],
    ["a key with a password", { key: locked }, /^TONGYAN_TLS_KEY holds no private key/],
    ["another's key", { key: other }, /^TONGYAN_TLS_KEY is not the key/],
    ["no CA", { clientCa: text }, /^TONGYAN_TLS_CLIENT_CA holds no certificate/],
  ])("%s", (_, members, message) => {
    expect(() => readTls({ ...files, ...members })).toThrow(ConfigError);
    expect(() => readTls({ ...files, ...members })).toThrow(message);
    expect(() => readTls({ ...files, ...members })).not.toThrow(/MARK/);
  });
});
