import { once } from "node:events";
import { readFileSync } from "node:fs";
import { painter } from "./cli/terminal.ts";
import { readConfig, type Config } from "./config.ts";
import { ensureDemo } from "./demo.ts";
import { DEFAULT_TIMEOUTS, startServer, type RunningServer } from "./http/server.ts";
import { startServices, type Services } from "./services.ts";
import { welcomeLines } from "./welcome.ts";

/** Longest wait for exchanges that are under way when the service is told to stop, milliseconds. */
const STOP_WITHIN = 30_000;

/** `tongyan serve`: runs until SIGTERM or SIGINT. Resolves to the exit code. Throws ConfigError, or what kept it from starting. */
export async function serveCommand(environment: NodeJS.ProcessEnv): Promise<number> {
  const config = readConfig(environment);
  const stopped = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  const services = await startServices(config);
  const server = await listen(config, services);
  await announce(config, services, server);
  await stopped;
  return await stop(server, services);
}

async function listen({ listen, verification }: Config, services: Services): Promise<RunningServer> {
  const { operations, logger } = services;
  const { maxBytes } = verification;
  try {
    return await startServer({ operations, logger, maxBytes, timeouts: DEFAULT_TIMEOUTS }, listen);
  } catch (error) {
    await services.close();
    throw error;
  }
}

async function announce(config: Config, { operations, logger }: Services, { url }: RunningServer): Promise<void> {
  const demo = config.trust.kind === "demo" ? ensureDemo(config.dataDirectory, Date.now()) : null;
  const paint = painter(process.stdout.isTTY, process.env);
  process.stdout.write(paint(welcomeLines({ version: ownVersion(), url, demo })));
  const { status, checks } = await operations.readiness();
  if (status !== "ready") logger.warn({ checks }, `${status} at start`);
}

const giveUp = (): never => process.exit(1);

/** Lets exchanges under way finish. A second signal, or too long a wait, ends the process at once. */
async function stop(server: RunningServer, services: Services): Promise<number> {
  process.once("SIGTERM", giveUp).once("SIGINT", giveUp);
  setTimeout(giveUp, STOP_WITHIN).unref();
  await server.close();
  await services.close();
  return 0;
}

function ownVersion(): string {
  const manifest: { readonly version: string } = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  );
  return manifest.version;
}
