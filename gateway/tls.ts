import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { ConfigError, type TlsFiles } from "./config.ts";

/** PEM texts. `clientCa`: who issues client certificates; null when none are asked for. */
export type TlsMaterial = { readonly cert: string; readonly key: string; readonly clientCa: string | null };

/** Reads the files that the configuration names. Throws ConfigError, which names the variable, when they cannot be used. */
export function readTls(files: TlsFiles): TlsMaterial {
  const cert = read("TONGYAN_TLS_CERT", files.cert);
  const key = read("TONGYAN_TLS_KEY", files.key);
  if (!certificateIn("TONGYAN_TLS_CERT", cert).checkPrivateKey(privateKeyIn(key))) {
    throw new ConfigError("TONGYAN_TLS_KEY is not the key of the first certificate in TONGYAN_TLS_CERT");
  }
  if (files.clientCa === null) return { cert, key, clientCa: null };
  const clientCa = read("TONGYAN_TLS_CLIENT_CA", files.clientCa);
  certificateIn("TONGYAN_TLS_CLIENT_CA", clientCa);
  return { cert, key, clientCa };
}

function read(variable: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new ConfigError(`${variable}: ${file} cannot be read (${code})`);
  }
}

/** The first of them. What the library says of the others is said when the service starts to listen. */
function certificateIn(variable: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new ConfigError(`${variable} holds no certificate in PEM`);
  }
}

/** The library's own message could quote the file. */
function privateKeyIn(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new ConfigError("TONGYAN_TLS_KEY holds no private key in PEM without a password");
  }
}
