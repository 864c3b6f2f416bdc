// A department's JSON service, as another system would run it: a process of its own that knows nothing of the gateway.
// Arguments: the file of its records. Environment: API_KEY. Tells its parent the port it listens on.
import { timingSafeEqual, createHash, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Licence = Readonly<Record<string, string>>;
type Answer = { readonly code: string; readonly message: string; readonly data?: unknown };

const MAX_BODY = 16 * 1024;
const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
const key = digest(process.env["API_KEY"] ?? "");
const licences = new Map(
  (JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as Licence[]).map((licence) => [licence["xkzh"], licence]),
);

const server = createServer((request, response) => {
  answer(request).then(
    (body) => send(response, 200, body),
    () => send(response, 400, { code: "400", message: "请求无法读取" }),
  );
});

async function answer(request: IncomingMessage): Promise<Answer> {
  if (!timingSafeEqual(digest(String(request.headers["x-api-key"] ?? "")), key)) {
    return { code: "401", message: "未授权" };
  }
  if (request.method === "GET" && request.url === "/mining/health") return { code: "0", message: "正常" };
  const asked = await readJson(request);
  const licence = licences.get(String(asked["xkzh"]));
  if (licence === undefined) return { code: "404", message: "查无此证" };
  if (request.url === "/mining/licence/query") return { code: "0", message: "成功", data: licence };
  if (request.url === "/mining/licence/verify") return { code: "0", message: "成功", data: compare(licence, asked) };
  return { code: "405", message: "没有这个接口" };
}

/** Says of each claim whether it is right, and what state the licence is in. */
function compare(licence: Licence, { hyxx }: Readonly<Record<string, unknown>>): object {
  const claims = Object.entries(typeof hyxx === "object" && hyxx !== null ? hyxx : {});
  return {
    ...Object.fromEntries(claims.map(([name, value]) => [name, licence[name] === value ? "一致" : "不一致"])),
    xkzh: licence["xkzh"],
    zt: licence["zt"],
  };
}

async function readJson(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY) throw new Error("too long");
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString("utf8")) as Readonly<Record<string, unknown>>;
}

function send(response: ServerResponse, status: number, body: Answer): void {
  const text = JSON.stringify({ ...body, requestId: randomUUID(), time: new Date().toISOString() });
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(text);
}

server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.once("disconnect", () => process.exit(0));
