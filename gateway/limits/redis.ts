import { Redis } from "ioredis";

/** Redis did not answer as it should, so nothing is known: local rules go. */
export class RedisLost extends Error {
  override readonly name = "RedisLost";
}

export type RedisLink = {
  /** Throws RedisLost, at once while Redis is known to be lost. */
  readonly ask: <Answer>(command: (client: Redis) => Promise<Answer>) => Promise<Answer>;
  readonly isLost: () => boolean;
  readonly close: () => void;
};

type Options = {
  /** Called once when Redis is lost and once when it is back. `detail` holds no address and no password. */
  readonly onTrouble: (what: string, detail: string) => void;
  /** Milliseconds for one command, and between two looks at a Redis that is lost. */
  readonly patience?: number;
  readonly probeEvery?: number;
};

/** Milliseconds. */
const PATIENCE = 250;
const PROBE_EVERY = 500;
const CONNECT_WITHIN = 2000;
const LONGEST_PAUSE = 2000;
/** The start waits so long for Redis, then goes on without it. */
const START_WITHIN = 1000;

/**
 * A connection that never makes anybody wait long: a command has a bounded time and is never queued or sent again, and
 * after one that failed nothing is sent until Redis takes a write. It connects anew by itself. Resolves, connected or not.
 */
export async function openRedis(url: string, options: Options): Promise<RedisLink> {
  const { onTrouble, patience = PATIENCE, probeEvery = PROBE_EVERY } = options;
  const client = new Redis(url, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: patience,
    // A connection on which nothing comes back is given up, not only its commands.
    socketTimeout: 4 * patience,
    connectTimeout: CONNECT_WITHIN,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), LONGEST_PAUSE),
  });
  const state = lostOrNot(onTrouble);
  client.on("error", (error: Error) => state.lose(reasonOf(error)));
  client.on("close", () => state.lose("connection closed"));
  const first = Promise.withResolvers<void>();
  client.on("ready", () => void probe(client, state).then(first.resolve));
  const probing = setInterval(() => {
    if (state.isLost() && client.status === "ready") void probe(client, state);
  }, probeEvery);
  probing.unref();
  const start = setTimeout(first.resolve, START_WITHIN);
  await first.promise;
  clearTimeout(start);
  return {
    async ask(command) {
      if (state.isLost()) throw new RedisLost("Redis is lost");
      try {
        return await command(client);
      } catch (cause) {
        state.lose(reasonOf(cause));
        throw new RedisLost("Redis did not answer", { cause });
      }
    },
    isLost: state.isLost,
    close() {
      state.close();
      clearInterval(probing);
      client.disconnect();
    },
  };
}

type LostOrNot = {
  readonly isLost: () => boolean;
  readonly lose: (reason: string) => void;
  readonly regain: () => void;
  readonly close: () => void;
};

/** `unknown` until the first answer or the first failure. */
function lostOrNot(onTrouble: Options["onTrouble"]): LostOrNot {
  let state: "unknown" | "there" | "lost" | "closed" = "unknown";
  return {
    isLost: () => state !== "there",
    lose(reason) {
      if (state === "lost" || state === "closed") return;
      state = "lost";
      onTrouble("Redis is lost; quotas, rate limits and replays are counted here", reason);
    },
    regain() {
      if (state === "lost") onTrouble("Redis is back", "");
      if (state !== "closed") state = "there";
    },
    close() {
      state = "closed";
    },
  };
}

/** A write: one that only reads would also succeed on a replica, or when the memory is full. */
async function probe(client: Redis, state: LostOrNot): Promise<void> {
  try {
    await client.set("tongyan:probe", "1", "PX", 1000);
    state.regain();
  } catch (error) {
    state.lose(reasonOf(error));
  }
}

/** The code, or the first word that Redis answered with (READONLY, NOAUTH, OOM): messages may repeat what was sent. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if ("code" in error && typeof error.code === "string") return error.code;
  return (
    /^[A-Z]{3,}(?= )/.exec(error.message)?.[0] ?? (error.message === "Command timed out" ? "timed out" : error.name)
  );
}
