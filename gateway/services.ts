import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
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
import { forgetDuties } from "./duties/forget-duties.ts";
import { noticesIn } from "./duties/notices.ts";
import { ownDuties } from "./duties/own-duties.ts";
import { evidenceOf } from "./evidence/evidence.ts";
import { retentionOf } from "./evidence/retention.ts";
import { readTrailRules, USUAL_TRAIL_RULES } from "./evidence/trail-rules.ts";
import { exchangeLookup, exchangeMatch, type InquiryServices } from "./exchange/inquiry.ts";
import { permissionBy } from "./exchange/permission.ts";
import { authorizeMatch, matchWithin } from "./exchange/register-match.ts";
import { askRegister, authorizeRegister } from "./exchange/register.ts";
import { exchangeVerification } from "./exchange/verification.ts";
import { atMostEvery } from "./at-most-every.ts";
import { healthOf } from "./health.ts";
import type { Operations } from "./http/operations.ts";
import { type Limits, openLimits } from "./limits/limits.ts";
import { type ExchangeLog, openExchangeLog } from "./log/exchange-log.ts";
import { LogRefusedError } from "./log/log-refused.ts";
import { openPseudonyms } from "./log/pseudonym.ts";
import { LINES_WITHIN, openLogger } from "./logger.ts";
import { type Alerting, configuredAlerting, configuredMonitoring } from "./monitor/configured-monitoring.ts";
import { actsIn, type Acts } from "./log/recorded-acts.ts";
import { ownVersion } from "./own-version.ts";
import { peerProtocol } from "./peers/peer-protocol.ts";
import { administrationOf } from "./registry/administration.ts";
import { openRegistry } from "./registry/open-registry.ts";
import { announcedIn } from "./registry/registry-acts.ts";
import { recordedTrust, policyRefresher, trustRefresher } from "./refreshing.ts";
import { serviceLife } from "./service-life.ts";
import type { FillableRegistry } from "./registry/registry.ts";
import { seedRegistry } from "./registry/seed/seed.ts";
import { readSeed } from "./registry/seed/read-seed.ts";
import { isWellFormed } from "./registry/well-formed.ts";
import { SourceKeeper } from "./sources/source-keeper.ts";
import { uploadsTo } from "./sources/table-upload.ts";
import { tryGatewayKey, tryLogKeys } from "./signing-trial.ts";
import { traceOf } from "./trace-of.ts";
import { TrustKeeper } from "./trust/trust-keeper.ts";
import { verificationTrial } from "./verification-trial.ts";
import { askWitnesses } from "./witness/witnesses.ts";
import { readWitnesses, type WitnessAddress } from "./witness/witness-list.ts";
import { Verifier } from "./workers/verifier.ts";

export type Services = {
  readonly operations: Operations;
  readonly logger: Logger;
  readonly registry: FillableRegistry;
  readonly key: GatewayKey;
  /** Begins to look for what somebody has to be told; once all is there that is looked at. */
  readonly watch: () => void;
  /** After the last exchange was answered. */
  readonly close: () => Promise<void>;
};

const MAX_WAITING = 512;
const TRUST_CHECK_INTERVAL = 60_000;
const POLICY_CHECK_INTERVAL = 5_000;
const DAY = 86_400_000;
/** How often sources are asked how they are, at most, and how long that may take; milliseconds. */
const SOURCES_EVERY = 900;
const SOURCES_WITHIN = 2_000;

/** Builds everything once. Throws when data cannot be written, there is nothing good to start with, or no worker starts. */
export async function startServices(config: Config, secrets: Secrets): Promise<Services> {
  ensureWritable(config.dataDirectory);
  const logger = openLogger(config.logLevel);
  const secret = secretsIn(join(config.dataDirectory, "secrets"));
  const alerting = configuredAlerting(config, secrets, secret);
  const log = await openConfiguredLog(config, logger, Date.now);
  try {
    return await startOver(log, { config, secrets, secret, alerting, logger, clock: Date.now });
  } catch (error) {
    await log.close();
    throw error;
  }
}

type Ground = {
  readonly config: Config;
  readonly secrets: Secrets;
  /** Of sources and clients, by its name. */
  readonly secret: (name: string) => string;
  readonly alerting: Alerting;
  readonly logger: Logger;
  readonly clock: () => number;
};

/** All the rest, once the log is this process's own. */
async function startOver(log: ExchangeLog, ground: Ground): Promise<Services> {
  const { config, secrets, secret, alerting, logger, clock } = ground;
  const { dataDirectory, access, issuer } = config;
  const within = (...names: string[]): string => join(dataDirectory, ...names);
  const onTrouble = (what: string, detail: string): void => logger.error({ detail }, what);

  const key = openGatewayKey(within("keys"));
  const policies = openConfiguredPolicies(config, clock);
  const acts = actsIn({ log, clock, onTrouble });
  const registry = openRegistry(within("registry.sqlite"), {
    checkSource: checkSourceSettings,
    clock,
    onTrouble,
    announce: announcedIn(acts),
  });
  if (config.seed !== null) await seedRegistry(registry, readSeed(config.seed), "seed");
  const limits = await openLimits({ redisUrl: secrets.redisUrl, quotaFile: within("quotas.json"), clock, onTrouble });
  const duties = openDutiesStore(within("duties.sqlite"));
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
  const { trust, verifier } = await startVerifying(config, { logger, clock, acts });

  const { authorize } = policies;
  const pseudonym = openPseudonyms(within("keys"));
  const askSources = atMostEvery(SOURCES_EVERY, clock, () => sources.healthOfAll(AbortSignal.timeout(SOURCES_WITHIN)));
  const witnesses = askWitnesses({ addresses: configuredWitnesses(config), log, logger, clock });
  const monitoring = configuredMonitoring({
    config,
    alerting,
    registry,
    authorize,
    askSources,
    quota: limits.quota,
    trust: () => trust.state,
    verifier: () => verifier.state,
    log: () => log.state(),
    witnesses: () => witnesses.state().map(({ name, fault }) => ({ name, problem: fault?.code ?? null })),
    curiosities: (since, bounds) => log.index.curiosities(since, bounds),
    logger,
    clock,
  });
  const approvals = approvalsIn(duties, clock);
  const notices = noticesIn(duties, clock);
  const permit = permissionBy({ access, authorize, clock });
  const inquiries: InquiryServices = {
    registry,
    authorize,
    access,
    approvals,
    notices,
    pseudonym,
    quota: limits.quota,
    sources,
    isWellFormed,
    onUnanswered(source, { code, detail, cause }) {
      monitoring.sourceFailed(source, code);
      logger.warn(
        { source, code, detail, cause: cause === undefined ? undefined : traceOf(cause) },
        "a source gave no answer",
      );
    },
    log,
    observe: monitoring.recorded,
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
    isFull: () => verifier.state.full,
    authorizeRegister: (question: Parameters<typeof authorizeRegister>[0]) => authorizeRegister(question, registers),
    askRegister: (question: Parameters<typeof askRegister>[0]) => askRegister(question, registers),
    log,
    observe: monitoring.recorded,
    clock,
    onTrouble,
  };

  const refreshTrust = trustRefresher(trust, logger);
  const refreshPolicies = policyRefresher({ policies, acts, logger });
  const term = config.retention.days * DAY;
  const trailRules = config.trailRules === null ? USUAL_TRAIL_RULES : readTrailRules(config.trailRules);
  const evidence = evidenceOf({
    log,
    registry,
    access,
    authorize,
    permit,
    acts,
    pseudonym,
    trailRules,
    term,
    clock,
  });
  const retention = retentionOf({
    log,
    acts,
    forgetDuties: (until) => forgetDuties({ store: duties, approvals, notices }, until),
    term,
    clock,
    onTrouble,
  });
  retention.start();
  const watches = [
    setInterval(() => logger.flush(), LINES_WITHIN),
    setInterval(() => void refreshTrust(), TRUST_CHECK_INTERVAL),
    setInterval(() => void refreshPolicies(), POLICY_CHECK_INTERVAL),
  ];
  const life = serviceLife({
    acts,
    version: ownVersion(),
    policies: () => policies.state,
    trust: () => trust.state,
    logger,
  });
  await life.started();
  return {
    logger,
    registry,
    key,
    operations: {
      ...identification({ registry, key, limits, secret, issuer, clock }),
      ...peerProtocol({ key, issuer, registry, replay: limits.replay, authorize, access, log, clock }),
      ...ownDuties({ approvals, notices, permit, acts, pseudonym }),
      rateLimitStore: limits.rateLimitStore,
      knowsResource: (resource) => registry.resource(resource) !== null,
      verify: (request) => exchangeVerification(request, verifications),
      defaultPolicy: config.verification.policy,
      match: (request) => exchangeMatch(request, inquiries),
      lookUp: (request) => exchangeLookup(request, inquiries),
      evidence,
      publicLog: log.public,
      administration: administrationOf({ registry, permit, acts }),
      uploadTable: uploadsTo({ sources, permit, acts, logger, clock }),
      monitor: monitoring.operations,
      readiness: healthOf({
        verifier: () => verifier.state,
        tryVerifying: verificationTrial(verifier.verify.bind(verifier), clock),
        trySigning: { gateway: () => tryGatewayKey(key), log: () => tryLogKeys(log, clock()) },
        log: { probe: async () => void (duties.probe(), await log.probe()) },
        witnesses: witnesses.state,
        trust: () => trust.state,
        policies: () => policies.state,
        limits: limits.state,
        sources: askSources,
        clock,
      }),
    },
    watch: monitoring.start,
    async close() {
      watches.forEach(clearInterval);
      await monitoring.close();
      await retention.close();
      await verifier.close();
      await sources.close();
      await life.stopping();
      await witnesses.close();
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

type Verifying = { readonly logger: Logger; readonly clock: () => number; readonly acts: Acts };

async function startVerifying(config: Config, { logger, clock, acts }: Verifying) {
  const { workers, timeBudget, maxBytes } = config.verification;
  const trust = new TrustKeeper({
    read: trustReader(config, clock),
    archive: join(config.dataDirectory, "snapshots"),
    use: recordedTrust(
      acts,
      () => trust.state.digest,
      async (changed) => await verifier.use(changed),
    ),
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

const configuredWitnesses = ({ witnesses }: Config): readonly WitnessAddress[] =>
  witnesses === null ? [] : readWitnesses(witnesses);

function openConfiguredPolicies({ policies: directory }: Config, clock: () => number): Policies {
  if (directory === null) return openPolicies(SHIPPED_SET, clock);
  try {
    return openPolicies(directory, clock);
  } catch (error) {
    throw error instanceof PolicyError ? new ConfigError(`TONGYAN_POLICIES: ${directory}: ${error.message}`) : error;
  }
}

/** One gateway to a data directory: the log's lock stands for all of it. */
async function openConfiguredLog(config: Config, logger: Logger, clock: () => number): Promise<ExchangeLog> {
  const { dataDirectory, issuer, log } = config;
  const former = join(dataDirectory, "exchanges.sqlite");
  if (existsSync(former)) logger.warn({ former }, "records of an earlier version stay where they are, outside the log");
  try {
    return await openExchangeLog({
      directory: join(dataDirectory, "log"),
      keys: join(dataDirectory, "keys"),
      origin: { name: log.origin, host: new URL(issuer).host },
      clock,
      onTrouble: (what, detail) => logger.error({ detail }, what),
    });
  } catch (error) {
    const isLocked = error instanceof LogRefusedError && error.code === "LOG_LOCKED";
    throw isLocked ? new ConfigError(`TONGYAN_DATA: ${error.message}`) : error;
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
