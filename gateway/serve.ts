import { once } from "node:events";
import { painter } from "./cli/terminal.ts";
import { type Config, readConfig, readSecrets, type Secrets } from "./config.ts";
import { ensureDemo } from "./demo/demo-profile.ts";
import { type DemoRegions, startRegions } from "./demo/regions.ts";
import { DEFAULT_TIMEOUTS, startServer, type RunningServer } from "./http/server.ts";
import { ownVersion } from "./own-version.ts";
import { readTls } from "./tls.ts";
import { startServices, type Services } from "./services.ts";
import { welcomeLines } from "./demo/welcome.ts";

/** Longest wait for exchanges that are under way when the service is told to stop, milliseconds. */
const STOP_WITHIN = 30_000;

/** What the service writes is for its own user: tables of persons, records, keys. */
const PRIVATE = 0o077;

/** `tongyan serve`: runs until SIGTERM or SIGINT. Resolves to the exit code. Throws ConfigError, or what kept it from starting. */
export async function serveCommand(environment: NodeJS.ProcessEnv): Promise<number> {
  try {
    return await serveUntilStopped(readConfig(environment), readSecrets(environment));
  } finally {
    // The line to whoever started this process would keep it alive.
    if (process.connected) process.disconnect?.();
  }
}

async function serveUntilStopped(config: Config, secrets: Secrets): Promise<number> {
  process.umask(PRIVATE);
  const stopped = Promise.race(["SIGTERM", "SIGINT", "disconnect"].map((event) => once(process, event)));
  const services = await startServices(config, secrets);
  const demo = await startDemo(config, services);
  const server = await listen(config, services, demo);
  services.watch();
  await announce(config, services, server, demo);
  await stopped;
  return await stop(server, services, demo);
}

/** Without trust material of its own the service shows what it can do. */
async function startDemo({ trust, dataDirectory }: Config, services: Services): Promise<DemoRegions | null> {
  if (trust.kind !== "demo") return null;
  const demo = ensureDemo(dataDirectory, Date.now());
  const { registry, key, logger } = services;
  try {
    const regions = await startRegions({ dataDirectory, demo, registry, key, clock: Date.now });
    if (regions === null) logger.warn("the registry was not filled by the demo: its regions are not started");
    return regions;
  } catch (error) {
    await services.close();
    throw error;
  }
}

async function listen(config: Config, services: Services, demo: DemoRegions | null): Promise<RunningServer> {
  const { operations, logger } = services;
  const { maxBytes } = config.verification;
  try {
    const tls = config.tls === null ? {} : { tls: readTls(config.tls) };
    return await startServer({ operations, logger, maxBytes, timeouts: DEFAULT_TIMEOUTS, ...tls }, config.listen);
  } catch (error) {
    await demo?.stop();
    await services.close();
    throw error;
  }
}

async function announce(
  config: Config,
  { operations, logger }: Services,
  { url }: RunningServer,
  regions: DemoRegions | null,
): Promise<void> {
  const { dataDirectory } = config;
  const demo = regions === null ? null : { profile: ensureDemo(dataDirectory, Date.now()), requests: regions.requests };
  const paint = painter(process.stdout.isTTY, process.env);
  process.stdout.write(paint(welcomeLines({ version: ownVersion(), url, demo })));
  // Whoever started this process for itself, as the demo does, is told where to find it.
  process.send?.({ port: Number(new URL(url).port) });
  const { status, checks } = await operations.readiness();
  if (status !== "ready") logger.warn({ checks }, `${status} at start`);
}

const giveUp = (): never => process.exit(1);

/** Lets exchanges under way finish. A second signal, or too long a wait, ends the process at once. */
async function stop(server: RunningServer, services: Services, demo: DemoRegions | null): Promise<number> {
  process.once("SIGTERM", giveUp).once("SIGINT", giveUp);
  setTimeout(giveUp, STOP_WITHIN).unref();
  await server.close();
  await services.close();
  await demo?.stop();
  return 0;
}
