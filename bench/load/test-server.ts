import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";

export type TestServer = { readonly origin: string; readonly close: () => Promise<void> };

/** On this machine alone; over TLS with `tls`. */
export async function listen(answer: RequestListener, tls: ServerOptions | null = null): Promise<TestServer> {
  const server = tls === null ? createServer(answer) : createTlsServer(tls, answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    origin: `${tls === null ? "http" : "https"}://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
