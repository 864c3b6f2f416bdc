import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { Redis } from "ioredis";

const PORT = 6379;

/** Whether there is a Redis on this machine to test with. */
export async function isRedisHere(): Promise<boolean> {
  const client = new Redis(PORT, "127.0.0.1", { lazyConnect: true, retryStrategy: null });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return (await client.ping()) === "PONG";
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}

/** A way to Redis that can be closed and opened again: `cut` ends connections; on those that are there at a `hang` no answer ever comes again. */
export async function startRedisProxy() {
  const sockets = new Set<Socket>();
  const hanging = new WeakSet<Socket>();
  let way: "open" | "cut" = "open";
  const server = createServer((near) => {
    if (way === "cut") return void near.destroy();
    const far = connect(PORT, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket
        .on("error", () => undefined)
        .on("close", () => {
          sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
    }
    near.pipe(far);
    far.on("data", (bytes) => {
      if (!hanging.has(near)) near.write(bytes);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const end = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}/15`,
    cut(): void {
      way = "cut";
      end();
    },
    hang(): void {
      for (const socket of sockets) hanging.add(socket);
    },
    open(): void {
      way = "open";
    },
    close(): void {
      end();
      server.close();
    },
  };
}
export type RedisProxy = Awaited<ReturnType<typeof startRedisProxy>>;
