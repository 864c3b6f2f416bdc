import type { Server, ServerOptions } from "node:https";
import type { TLSSocket } from "node:tls";
import type { TlsMaterial } from "#gateway/tls.ts";

/** Clients without a certificate are let in: what they may do is decided later. */
export const httpsOptions = ({ cert, key, clientCa }: TlsMaterial): ServerOptions => ({
  cert,
  key,
  minVersion: "TLSv1.2",
  ...(clientCa !== null && { ca: clientCa, requestCert: true, rejectUnauthorized: false }),
});

/** Ends a connection with a certificate that our CAs have not issued: it must not pass for one without. */
export function refuseForeignCertificates(server: Server): void {
  server.on("secureConnection", (socket: TLSSocket) => {
    if (!socket.authorized && socket.getPeerX509Certificate() !== undefined) socket.destroy();
  });
}
