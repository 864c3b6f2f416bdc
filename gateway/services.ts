import { accessSync, constants, mkdirSync } from "node:fs";
import { join } from "node:path";
import pino, { type Logger } from "pino";
import { DEFAULT_LIMITS } from "#certs/limits.ts";
import { readTrustDirectory } from "#certs/trust/directory.ts";
import type { TrustMaterial } from "#certs/trust/snapshot.ts";
import { type Config, ConfigError } from "./config.ts";
import { ensureDemo } from "./demo.ts";
import { recordedExchange } from "./exchange/recorded.ts";
import { exchangeVerification } from "./exchange/verification.ts";
import { healthOf } from "./health.ts";
import type { Operations } from "./http/handlers.ts";
import { openExchangeLog } from "./log/exchange-log.ts";
import { TrustKeeper } from "./trust/trust-keeper.ts";
import { Verifier } from "./workers/verifier.ts";

export type Services = {
  readonly operations: Operations;
  readonly logger: Logger;
  /** After the last exchange was answered. */
  readonly close: () => Promise<void>;
};

const MAX_WAITING = 512;
const TRUST_CHECK_INTERVAL = 60_000;

/** Builds everything once. Throws when data cannot be written, there is no trust material to start with, or no worker starts. */
export async function startServices(config: Config): Promise<Services> {
  ensureWritable(config.dataDirectory);
  const logger = pino({ level: config.logLevel, base: null }, pino.destination({ fd: 2, sync: false }));
  const clock = Date.now;
  const log = openExchangeLog(join(config.dataDirectory, "exchanges.sqlite"));
  const trust = new TrustKeeper({
    read: trustReader(config, clock),
    archive: join(config.dataDirectory, "snapshots"),
    use: async (changed) => await verifier.use(changed),
  });
  const { workers, timeBudget, maxBytes, policy } = config.verification;
  const verifier = await Verifier.start(
    {
      workers,
      timeBudget,
      maxWaiting: MAX_WAITING,
      limits: { ...DEFAULT_LIMITS, maxBytes },
      onTrouble: (what, detail) => logger.error({ detail }, what),
    },
    trust.current,
  );
  const trustCheck = setInterval(() => void refreshTrust(trust, logger), TRUST_CHECK_INTERVAL);

  const { access } = config;
  const verify = verifier.verify.bind(verifier);
  return {
    logger,
    operations: {
      verify: (request) => exchangeVerification(request, { access, verify, log, clock }),
      recorded: (id, client) => recordedExchange(id, client, { access, log }),
      readiness: healthOf({ verifier: () => verifier.state, log, trust: () => trust.state, clock }),
      defaultPolicy: policy,
    },
    async close() {
      clearInterval(trustCheck);
      await verifier.close();
      await log.close();
      logger.flush();
    },
  };
}

function ensureWritable(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.W_OK);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new ConfigError(`TONGYAN_DATA: the directory ${directory} cannot be written to (${code})`);
  }
}

function trustReader({ trust, dataDirectory }: Config, clock: () => number): () => TrustMaterial {
  if (trust.kind === "directory") return () => readTrustDirectory(trust.directory);
  return () => readTrustDirectory(ensureDemo(dataDirectory, clock()).trustDirectory);
}

async function refreshTrust(trust: TrustKeeper, logger: Logger): Promise<void> {
  const changed = await trust.refresh();
  const { digest, problem } = trust.state;
  if (problem !== null) logger.warn({ problem, digest }, "trust material refused; the last good snapshot stays");
  else if (changed) logger.info({ digest }, "trust snapshot changed");
}
