import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readTask } from "./task.ts";

/** Run in a process of its own with FILE, see task.ts: nginx, one worker, says the same to everybody. */
const { path, sample } = readTask(process.argv[2] ?? "");
const TRIES = 100;

const directory = mkdtempSync(join(tmpdir(), "tongyan-bench-nginx-"));
writeFileSync(join(directory, "answer.json"), JSON.stringify(sample));
const port = await freePort();
const file = join(directory, "nginx.conf");
writeFileSync(file, settings());
const nginx = spawn("nginx", ["-p", directory, "-e", "stderr", "-c", file], {
  stdio: ["ignore", "inherit", "inherit"],
});
// It is a child of this process alone: whoever ends this one ends nginx.
process.once("disconnect", stop);
process.once("SIGTERM", stop);
nginx.once("exit", () => process.exit());
nginx.once("error", () => process.exit(1));
await untilItListens();
process.send?.({ port, pid: nginx.pid });

function stop(): void {
  nginx.kill("SIGKILL");
  rmSync(directory, { recursive: true, force: true });
  process.exit();
}

/** A static file is no answer to a POST, unless its error is made one. */
function settings(): string {
  return `daemon off; master_process off; worker_processes 1; pid ${directory}/nginx.pid;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 100000000; default_type application/json;
  client_body_temp_path ${directory}; proxy_temp_path ${directory}; fastcgi_temp_path ${directory};
  uwsgi_temp_path ${directory}; scgi_temp_path ${directory}; open_file_cache max=10;
  server {
    listen 127.0.0.1:${port}; root ${directory};
    location = ${path} { error_page 405 =200 /answer.json; try_files /answer.json =404; }
  }
}
`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function untilItListens(): Promise<void> {
  for (let tried = 0; tried < TRIES; tried++) {
    const socket = connect(port, "127.0.0.1");
    const isThere = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isThere) return;
    await sleep(50);
  }
  throw new Error("nginx does not listen");
}
