import { accessSync, constants, mkdirSync } from "node:fs";
import { join } from "node:path";
import pino, { type Logger } from "pino";
import { DEFAULT_LIMITS } from "#certs/limits.ts";
import { readTrustDirectory } from "#certs/trust/directory.ts";
import type { TrustMaterial } from "#certs/trust/snapshot.ts";
import { checkSourceSettings } from "#connectors/registry.ts";
import { openPolicies, type Policies, SHIPPED_SET } from "#policies/policies.ts";
import { PolicyError } from "#policies/policy-error.ts";
import { accessTokens } from "./clients/access-token.ts";
import { assertionVerifier } from "./clients/assertion.ts";
import { authenticator } from "./clients/authentication.ts";
import { type GatewayKey, openGatewayKey } from "./clients/gateway-key.ts";
import { legacyVerifier } from "./clients/legacy-hmac.ts";
import { secretsIn } from "./clients/secrets.ts";
import { authorizationServerMetadata, tokenGranter } from "./clients/token-endpoint.ts";
import { type Config, ConfigError, type Secrets } from "./config.ts";
import { ensureDemo } from "./demo/demo-profile.ts";
import { approvalsIn } from "./duties/approvals.ts";
import { openDutiesStore } from "./duties/duties-store.ts";
import { noticesIn } from "./duties/notices.ts";
import { ownDuties } from "./duties/own-duties.ts";
import { exchangeLookup, exchangeMatch, type InquiryServices } from "./exchange/inquiry.ts";
import { permissionBy } from "./exchange/permission.ts";
import { recordedExchange } from "./exchange/recorded.ts";
import { authorizeMatch, matchWithin } from "./exchange/register-match.ts";
import { askRegister, authorizeRegister } from "./exchange/register.ts";
import { exchangeVerification } from "./exchange/verification.ts";
import { healthOf } from "./health.ts";
import type { Operations } from "./http/operations.ts";
import { type Limits, openLimits } from "./limits/limits.ts";
import { type ExchangeLog, openExchangeLog } from "./log/exchange-log.ts";
import { openPseudonyms } from "./log/pseudonym.ts";
import { peerProtocol } from "./peers/peer-protocol.ts";
import { administrationOf } from "./registry/administration.ts";
import { openRegistry } from "./registry/open-registry.ts";
import type { FillableRegistry } from "./registry/registry.ts";
import { seedRegistry } from "./registry/seed/seed.ts";
import { readSeed } from "./registry/seed/read-seed.ts";
import { isWellFormed } from "./registry/well-formed.ts";
import { SourceKeeper } from "./sources/source-keeper.ts";
import { uploadsTo } from "./sources/table-upload.ts";
import { traceOf } from "./trace-of.ts";
import { TrustKeeper } from "./trust/trust-keeper.ts";
import { Verifier } from "./workers/verifier.ts";

export type Services = {
  readonly operations: Operations;
  readonly logger: Logger;
  readonly registry: FillableRegistry;
  readonly key: GatewayKey;
  /** After the last exchange was answered. */
  readonly close: () => Promise<void>;
};

const MAX_WAITING = 512;
const TRUST_CHECK_INTERVAL = 60_000;
const POLICY_CHECK_INTERVAL = 5_000;

/** Builds everything once. Throws when data cannot be written, there is nothing good to start with, or no worker starts. */
export async function startServices(config: Config, { redisUrl }: Secrets): Promise<Services> {
  const { dataDirectory, access, issuer } = config;
  ensureWritable(dataDirectory);
  const within = (...names: string[]): string => join(dataDirectory, ...names);
  const logger = pino({ level: config.logLevel, base: null }, pino.destination({ fd: 2, sync: false }));
  const onTrouble = (what: string, detail: string): void => logger.error({ detail }, what);
  const clock = Date.now;

  const key = openGatewayKey(within("keys"));
  const secret = secretsIn(within("secrets"));
  const policies = openConfiguredPolicies(config, clock);
  const registry = openRegistry(within("registry.sqlite"), { checkSource: checkSourceSettings, clock, onTrouble });
  if (config.seed !== null) await seedRegistry(registry, readSeed(config.seed), "seed");
  const limits = await openLimits({ redisUrl, quotaFile: within("quotas.json"), clock, onTrouble });
  const duties = openDutiesStore(within("duties.sqlite"));
  const log = openExchangeLog(within("exchanges.sqlite"));
  const sources = new SourceKeeper({
    registry,
    surroundings: {
      dataDirectory: within("sources"),
      secret,
      isWellFormed,
      wellFormedModule: new URL("./registry/well-formed.ts", import.meta.url).href,
      clock,
      identity: key.identity,
    },
    onTrouble: (source, problem) =>
      logger.error({ source, problem: problem instanceof Error ? problem.message : "" }, "a source cannot be opened"),
  });
  const { trust, verifier } = await startVerifying(config, logger, clock);

  const { authorize } = policies;
  const approvals = approvalsIn(duties, clock);
  const notices = noticesIn(duties, clock);
  const permit = permissionBy({ access, authorize, clock });
  const inquiries: InquiryServices = {
    registry,
    authorize,
    access,
    approvals,
    notices,
    pseudonym: openPseudonyms(within("keys")),
    quota: limits.quota,
    sources,
    isWellFormed,
    onUnanswered: (source, { code, detail, cause }) =>
      logger.warn(
        { source, code, detail, cause: cause === undefined ? undefined : traceOf(cause) },
        "a source gave no answer",
      ),
    log,
    clock,
  };
  const registers = {
    registry,
    authorizeMatch: (question: Parameters<typeof authorizeMatch>[0]) => authorizeMatch(question, inquiries),
    match: (question: Parameters<typeof matchWithin>[0]) => matchWithin(question, inquiries),
  };
  const verifications = {
    access,
    authorize,
    verify: verifier.verify.bind(verifier),
    authorizeRegister: (question: Parameters<typeof authorizeRegister>[0]) => authorizeRegister(question, registers),
    askRegister: (question: Parameters<typeof askRegister>[0]) => askRegister(question, registers),
    log,
    clock,
    onTrouble,
  };

  const watches = [
    setInterval(() => void refreshTrust(trust, logger), TRUST_CHECK_INTERVAL),
    setInterval(() => refreshPolicies(policies, logger), POLICY_CHECK_INTERVAL),
  ];
  return {
    logger,
    registry,
    key,
    operations: {
      ...identification({ registry, key, limits, secret, issuer, clock }),
      ...peerProtocol({ key, issuer, registry, replay: limits.replay, authorize, access, log, clock }),
      ...ownDuties({ approvals, notices, permit }),
      rateLimitStore: limits.rateLimitStore,
      knowsResource: (resource) => registry.resource(resource) !== null,
      verify: (request) => exchangeVerification(request, verifications),
      defaultPolicy: config.verification.policy,
      match: (request) => exchangeMatch(request, inquiries),
      lookUp: (request) => exchangeLookup(request, inquiries),
      recorded: (id, caller) => recordedExchange(id, caller, { access, authorize, log, clock }),
      administration: administrationOf(registry, permit),
      uploadTable: uploadsTo({ sources, permit, logger, clock }),
      readiness: healthOf({
        verifier: () => verifier.state,
        log: { probe: async () => void (duties.probe(), await log.probe()) },
        trust: () => trust.state,
        policies: () => policies.state,
        limits: limits.state,
        sources: (signal) => sources.healthOfAll(signal),
        clock,
      }),
    },
    async close() {
      watches.forEach(clearInterval);
      await verifier.close();
      await sources.close();
      await closeStores({ registry, log, limits });
      duties.close();
      logger.flush();
    },
  };
}

type Identifying = {
  readonly registry: FillableRegistry;
  readonly key: GatewayKey;
  readonly limits: Limits;
  readonly secret: (name: string) => string;
  readonly issuer: string;
  readonly clock: () => number;
};

/** How callers show who they are. */
function identification({ registry, key, limits, secret, issuer, clock }: Identifying) {
  const { replay } = limits;
  const tokens = accessTokens({ key, registry, issuer, clock });
  const verifyAssertion = assertionVerifier({ registry, issuer, replay, clock });
  return {
    authenticate: authenticator({ tokens, verifyLegacy: legacyVerifier({ registry, secret, replay, clock }) }),
    grantToken: tokenGranter({ verifyAssertion, tokens }),
    authorizationServer: authorizationServerMetadata(issuer),
    keys: key.jwks,
  };
}

async function startVerifying(config: Config, logger: Logger, clock: () => number) {
  const { workers, timeBudget, maxBytes } = config.verification;
  const trust = new TrustKeeper({
    read: trustReader(config, clock),
    archive: join(config.dataDirectory, "snapshots"),
    use: async (changed) => await verifier.use(changed),
  });
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
  return { trust, verifier };
}

type Stores = { readonly registry: FillableRegistry; readonly log: ExchangeLog; readonly limits: Limits };

async function closeStores({ registry, log, limits }: Stores): Promise<void> {
  await registry.close();
  await log.close();
  limits.close();
}

function openConfiguredPolicies({ policies: directory }: Config, clock: () => number): Policies {
  if (directory === null) return openPolicies(SHIPPED_SET, clock);
  try {
    return openPolicies(directory, clock);
  } catch (error) {
    throw error instanceof PolicyError ? new ConfigError(`TONGYAN_POLICIES: ${directory}: ${error.message}`) : error;
  }
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

function refreshPolicies(policies: Policies, logger: Logger): void {
  const before = policies.state.problem;
  const { changed, problem } = policies.refresh();
  const { digest } = policies.state;
  if (problem !== null && problem !== before)
    logger.error({ problem, digest }, "policies refused; the last good set stays");
  else if (changed) logger.info({ digest }, "policies changed");
}
