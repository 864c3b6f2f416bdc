import { createServer, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

/** A department's service of the tests' own. */
export type TestSource = { readonly url: string; readonly close: () => Promise<void> };

/** What it does when a path is asked; `body` is what it was sent. */
export type Behaviours = Readonly<Record<string, (response: ServerResponse, body: string) => void>>;

/** On a port of this machine; a path that it does not know is answered 404. */
export async function startTestSource(behaviours: Behaviours): Promise<TestSource> {
  const server = createServer((request, response) => {
    request.setEncoding("utf8");
    let body = "";
    request.on("data", (text: string) => (body += text));
    request.on("error", () => undefined);
    request.on("end", () => {
      const behave = behaviours[request.url ?? ""];
      if (behave === undefined) response.writeHead(404).end();
      else behave(response, body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

export function answerJson(response: ServerResponse, content: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(content));
}
