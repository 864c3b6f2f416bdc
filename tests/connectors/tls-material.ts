import { subjectAltName } from "#certs/issue/extensions.ts";
import { type Issued, issueCertificate } from "#certs/issue/certificate.ts";
import { generateKey } from "#certs/issue/keys.ts";

const DAY = 86_400_000;
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

/** Certificate and key in PEM. */
export type Pem = { readonly certificate: string; readonly key: string };
export type TlsAuthority = {
  readonly certificate: string;
  /** For 127.0.0.1 and the name, valid around now unless `notAfter` says otherwise. */
  readonly server: (name: string, notAfter?: number) => Pem;
  readonly client: () => Pem;
};

/** A throw-away certification authority of web servers and their clients. */
export function makeTlsAuthority(): TlsAuthority {
  const root = issueCertificate({
    subject: [["CN", "示例传输根证书"]],
    key: generateKey("P-256"),
    ca: true,
    ...around(),
  });
  return {
    certificate: pemOf(root).certificate,
    server: (name, notAfter) =>
      pemOf(
        issueCertificate({
          subject: [["CN", name]],
          key: generateKey("P-256"),
          issuer: root,
          extensions: [subjectAltName({ dns: name }, { ip: Buffer.of(127, 0, 0, 1) })],
          extendedKeyUsage: [SERVER_AUTH],
          ...around(notAfter),
        }),
      ),
    client: () =>
      pemOf(
        issueCertificate({
          subject: [["CN", "示例网关"]],
          key: generateKey("P-256"),
          issuer: root,
          extendedKeyUsage: [CLIENT_AUTH],
          ...around(),
        }),
      ),
  };
}

const around = (notAfter = Date.now() + DAY) => ({ notBefore: Date.now() - 2 * DAY, notAfter });

function pemOf({ certificate, key }: Issued): Pem {
  const lines =
    Buffer.from(certificate)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return {
    certificate: ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n"),
    key: key.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
