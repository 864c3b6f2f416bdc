import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
import { SettingsError } from "#connectors/settings.ts";
import type { SourceHealth } from "#connectors/source.ts";
import type { Authorize } from "#gateway/exchange/authorization.ts";
import { type Config, ConfigError, type Secrets, type TlsFiles } from "#gateway/config.ts";
import type { Quota } from "#gateway/limits/quota.ts";
import type { FillableRegistry } from "#gateway/registry/registry.ts";
import type { TrustState } from "#gateway/trust/trust-keeper.ts";
import type { VerifierState } from "#gateway/workers/verifier.ts";
import type { Alert } from "./alerts/alert-board.ts";
import type { Watched } from "./alerts/alert-watch.ts";
import type { AlertSettings } from "./alerts/rules.ts";
import { readAlertSettings, USUAL_ALERTS } from "./alerts/read-settings.ts";
import { type Monitoring, openMonitoring } from "./monitoring.ts";

/** The secret that signs what is sent to the webhook. */
const WEBHOOK_SECRET = "alert-webhook";

/** Thresholds, and where alerts are sent; null: nowhere. */
export type Alerting = {
  readonly settings: AlertSettings;
  readonly webhook: { readonly url: URL; readonly secret: string; readonly gateway: string } | null;
};

/** What can be wrong with it is found before anything is opened. `secret` by its name, throws SettingsError. Throws ConfigError. */
export function configuredAlerting(
  { alerts, issuer }: Config,
  { alertWebhook }: Pick<Secrets, "alertWebhook">,
  secret: (name: string) => string,
): Alerting {
  return {
    settings: alerts.file === null ? USUAL_ALERTS : readAlertSettings(alerts.file),
    webhook: webhookOf(alertWebhook, secret, issuer),
  };
}

type Parts = Pick<Watched, "log" | "witnesses" | "curiosities"> & {
  readonly config: Config;
  readonly alerting: Alerting;
  readonly registry: FillableRegistry;
  readonly authorize: Authorize;
  readonly askSources: () => Promise<Readonly<Record<string, SourceHealth>>>;
  readonly quota: Quota;
  readonly trust: () => TrustState;
  readonly verifier: () => VerifierState;
  readonly logger: Logger;
  readonly clock: () => number;
};

/** The monitor as the configuration wants it. */
export function configuredMonitoring({ config, alerting, quota, trust, logger, ...parts }: Parts): Monitoring {
  const { tls, access, dataDirectory } = config;
  const { log, witnesses, curiosities, ...others } = parts;
  const ownCertificate = tls === null ? null : certificateEnd(tls);
  return openMonitoring({
    ...others,
    access,
    watched: {
      quotas: quota.usage,
      endings() {
        const { currentUntil, certificateEnds } = trust();
        return { crl: currentUntil, certificates: certificateEnds, ownCertificate };
      },
      ...(log !== undefined && { log }),
      ...(witnesses !== undefined && { witnesses }),
      ...(curiosities !== undefined && { curiosities }),
    },
    ...alerting,
    file: join(dataDirectory, "alerts.json"),
    onAlert: (alert) => noteAlert(alert, logger),
    onTrouble: (what, detail) => logger.error({ detail }, what),
  });
}

function webhookOf(url: string | null, secret: (name: string) => string, gateway: string): Alerting["webhook"] {
  if (url === null) return null;
  try {
    return { url: new URL(url), secret: secret(WEBHOOK_SECRET), gateway };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new ConfigError(`TONGYAN_ALERT_WEBHOOK: what is sent has to be signed, ${error.message}`);
  }
}

/** Null for a file that cannot be read: whoever listens with it says so. */
function certificateEnd({ cert }: TlsFiles): number | null {
  try {
    return new X509Certificate(readFileSync(cert)).validToDate.getTime();
  } catch {
    return null;
  }
}

function noteAlert({ id, severity, state, figures, en }: Alert, logger: Logger): void {
  const facts = { alert: id, severity, state, figures };
  if (state === "firing") logger.warn(facts, en);
  else logger.info(facts, `resolved: ${en}`);
}
