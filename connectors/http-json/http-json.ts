import { jsonAsking } from "../json/json-asking.ts";
import { below, renderRequest } from "../json/request-template.ts";
import { valuesOf } from "../json/template.ts";
import { openOutbound } from "../outbound.ts";
import { outboundOptions } from "../outbound-settings.ts";
import type { Surroundings } from "../settings.ts";
import type { CallOptions, Source, SourceHealth } from "../source.ts";
import { authenticated, type Send } from "./authentication.ts";
import type { HttpJsonSettings } from "./settings.ts";

const HEALTH_BYTES = 65_536;

/** A department's own service that answers in JSON. Throws SettingsError for secrets that do not fit. */
export function openHttpJson(settings: HttpJsonSettings, around: Surroundings): Source {
  const { baseUrl, auth, reach, bounds } = settings;
  const outbound = openOutbound(outboundOptions(reach, around.secret, auth.kind === "mtls" ? auth : null));
  const send = authenticated(outbound, auth, around);
  const { abilities, ...asking } = jsonAsking(
    settings,
    (request, question, options) => {
      const { headers, ...rest } = renderRequest(request, baseUrl, valuesOf(question));
      return send({
        ...rest,
        ...options,
        headers: { accept: "application/json", ...headers },
        maxBytes: bounds.maxBytes,
      });
    },
    around,
  );
  return {
    describe: () => ({ kind: "http-json", host: baseUrl.host, abilities }),
    ...asking,
    health: (options) => probe(settings, send, options),
    close: outbound.close,
  };
}

/** A GET of `healthPath`. Throws SourceError when the service is not reached, refuses, or reports an error. */
async function probe(
  { baseUrl, healthPath }: HttpJsonSettings,
  send: Send,
  { signal }: CallOptions,
): Promise<SourceHealth> {
  if (healthPath === null) return UNPROBED;
  const { status } = await send({ method: "GET", url: below(baseUrl, healthPath), signal, maxBytes: HEALTH_BYTES });
  if (status >= 200 && status < 300) return { status: "ready", zh: "数据源可以访问。", en: "The source answers." };
  return {
    status: "degraded",
    zh: `数据源的探测地址返回 ${status}。`,
    en: `The source's address to probe answers with status ${status}.`,
  };
}

const UNPROBED: SourceHealth = {
  status: "ready",
  zh: "未配置探测地址，以最近的调用为准。",
  en: "No address to probe is configured: the latest calls tell.",
};
