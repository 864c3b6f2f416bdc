import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import { createServer as createTcpServer, type Server as TcpServer, type Socket } from "node:net";

export type SourceServer = {
  readonly url: string;
  readonly port: number;
  /** Connections taken so far. */
  readonly connections: () => number;
  readonly close: () => Promise<void>;
};

/** An HTTP server on a port of its own on 127.0.0.1; over TLS when `tls` is there. */
export async function startSource(listener: RequestListener, tls?: ServerOptions): Promise<SourceServer> {
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  const close = async () => {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return listening(server, tls === undefined ? "http" : "https", close);
}

/** A server that says just what it is told once a whole head has come, whatever that means as HTTP. */
export async function startRawSource(answer: (socket: Socket, head: string) => void): Promise<SourceServer> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    let heard = "";
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      heard += chunk.toString("latin1");
      if (!heard.includes("\r\n\r\n")) return;
      const head = heard;
      heard = "";
      answer(socket, head);
    });
  });
  const close = async () => {
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return listening(server, "http", close);
}

async function listening(
  server: Server | TcpServer,
  scheme: string,
  close: () => Promise<void>,
): Promise<SourceServer> {
  let connections = 0;
  server.on("connection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const { port } = address;
  return { url: `${scheme}://127.0.0.1:${port}`, port, connections: () => connections, close };
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

export function answerJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
