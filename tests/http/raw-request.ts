import { connect, type Socket } from "node:net";
import type { ProblemBody } from "./service.ts";

/** An answer as it stood on the wire. `code` of a problem, null of anything else. */
export type RawAnswer = { readonly status: number; readonly code: string | null; readonly text: string };

export function openSocket(port: number, ...lines: readonly string[]): Socket {
  const socket = connect(port, "127.0.0.1").on("error", () => undefined);
  socket.write(lines.join("\r\n"));
  return socket;
}

/** Whatever comes back until the other side ends the connection, or falls silent. */
export async function rawAnswer(socket: Socket, patience = 6000): Promise<RawAnswer> {
  let text = "";
  const ended = new Promise<void>((resolve) => {
    const quiet = setTimeout(resolve, patience);
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
      if (isWhole(text)) resolve();
    });
    socket.once("close", resolve).once("error", () => resolve());
    socket.once("close", () => clearTimeout(quiet));
  });
  await ended;
  socket.destroy();
  return readAnswer(text);
}

function isWhole(text: string): boolean {
  const [head = "", body] = text.split("\r\n\r\n");
  const length = /content-length: (\d+)/i.exec(head)?.[1];
  return length !== undefined && body !== undefined && Buffer.byteLength(body) >= Number(length);
}

function readAnswer(text: string): RawAnswer {
  const [head = "", body = ""] = text.split("\r\n\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
  const isProblem = head.toLowerCase().includes("content-type: application/problem+json");
  return { status, code: isProblem ? (JSON.parse(body) as ProblemBody).code : null, text };
}
