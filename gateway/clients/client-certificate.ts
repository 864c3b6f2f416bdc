import { createHash } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { ClientEntry } from "#gateway/registry/entities.ts";

/** SHA-256 over the DER of the client certificate that this connection has proven to hold and that our CAs have issued, in hex; else null. */
export function certificateOf(socket: Pick<TLSSocket, "authorized" | "getPeerX509Certificate">): string | null {
  if (!socket.authorized) return null;
  const certificate = socket.getPeerX509Certificate();
  return certificate === undefined ? null : createHash("sha256").update(certificate.raw).digest("hex");
}

/** Whether a client may come with this certificate, or with none. */
export function acceptsCertificate({ certificates }: ClientEntry, certificate: string | null): boolean {
  if (certificates.length === 0) return true;
  return certificate !== null && certificates.some((each) => each.toLowerCase() === certificate);
}
