import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isInstalled } from "../baselines/installed.ts";
import { print } from "../print.ts";
import { BenchProcess } from "../processes.ts";
import { type Gateway, startGateway } from "../scene/gateway.ts";
import { CLIENT, INQUIRIES, inquiryRequest, type Subject } from "../scene/questions.ts";
import type { Scene } from "../scene/scene.ts";

const PATIENCE = 30;

const BASELINES = {
  "bare Fastify": "bench/baselines/fastify.ts",
  "bare node:http": "bench/baselines/http.ts",
  nginx: "bench/baselines/nginx.ts",
} as const satisfies { readonly [Each in Exclude<Subject, "gateway">]: string };

export const TITLES: { readonly [Each in Subject]: string } = {
  gateway: "Tongyan: whole exchange, recorded",
  "bare Fastify": "bare Fastify: same body, schema and size",
  "bare node:http": "bare node:http: same body and size",
  nginx: "nginx: a static answer",
};

export type Server = Pick<Gateway, "process" | "origin" | "tokens">;
type Kind = "lookup" | "match";

/** `servers` are those that were started, whatever comes then. */
type Starting = { readonly scene: Scene; readonly directory: string; readonly servers: Map<Subject, Server> };

/** The gateway first: the others say what it says. They stand in the order in which they are asked. */
export async function startServers(name: Kind, { scene, directory, servers }: Starting): Promise<void> {
  const gateway = await startGateway(scene, { directory });
  servers.set("gateway", gateway);
  const { path, schema } = INQUIRIES[name];
  const task = join(directory, "task.json");
  writeFileSync(task, JSON.stringify({ path, schema, sample: JSON.parse(await answerOf(name, gateway)) }));
  for (const subject of ["bare Fastify", "bare node:http", "nginx"] as const) {
    if (subject === "nginx" && !isInstalled("nginx", "-v")) {
      print("nginx: not installed");
      continue;
    }
    const process = new BenchProcess(BASELINES[subject], [task], join(directory, `${subject.replace(/\W/g, "-")}.log`));
    const server = { process, origin: "", tokens: gateway.tokens };
    servers.set(subject, server);
    servers.set(subject, { ...server, origin: await process.origin() });
  }
}

async function answerOf(name: Kind, { origin, tokens }: Gateway): Promise<string> {
  const { path, body } = inquiryRequest({ inquiry: name, subject: "gateway" }, 1);
  const { [CLIENT]: token } = await tokens();
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const signal = AbortSignal.timeout(PATIENCE * 1000);
  const response = await fetch(`${origin}${path}`, { method: "POST", headers, body: String(body), signal });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`the gateway does not answer: ${text}`);
  return text;
}
