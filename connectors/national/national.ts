import { renderBody } from "../json/body-template.ts";
import { holds } from "../json/condition.ts";
import { jsonAsking } from "../json/json-asking.ts";
import { parseJson } from "../json/strict-json.ts";
import { valuesOf } from "../json/template.ts";
import { Lease } from "../lease.ts";
import { openOutbound, type Outbound, type OutboundAnswer } from "../outbound.ts";
import { outboundOptions } from "../outbound-settings.ts";
import { SettingsError, type Surroundings } from "../settings.ts";
import { SourceError } from "../source-error.ts";
import type { CallOptions, Source, SourceHealth } from "../source.ts";
import type { NationalSettings } from "./settings.ts";
import { cipherKey, fetchSessionKey } from "./session-key.ts";
import { signedValues } from "./signature.ts";

/** A service behind the national exchange platform (standards: gjgxjhpt_*, gjzwfwpt_*). Throws SettingsError for secrets that do not fit. */
export function openNational(settings: NationalSettings, around: Surroundings): Source {
  const { url, reach, requester, bounds } = settings;
  const outbound = openOutbound(outboundOptions(reach, around.secret));
  const keys = keysOf(settings, outbound, around);
  const { abilities, ...asking } = jsonAsking(
    settings,
    (template, question, options) => {
      const body = JSON.stringify(renderBody(template, valuesOf(question)));
      return keys.using(options.signal, (key, accept) =>
        outbound.send({
          method: "POST",
          url,
          headers: { ...CONTENT, ...signedValues(requester, key, around.clock()) },
          body,
          signal: options.signal,
          traceparent: options.traceparent,
          maxBytes: bounds.maxBytes,
          accept: [...options.accept, ...accept],
        }),
      );
    },
    around,
  );
  return {
    describe: () => ({ kind: "national", host: url.host, abilities }),
    ...asking,
    health: (options) => keys.health(options),
    close: outbound.close,
  };
}

const CONTENT = { accept: "application/json", "content-type": "application/json; charset=utf-8" };

/** `accept`: statuses that may mean an unknown key, to be handed back. */
type SignedCall = (key: string, accept: readonly number[]) => Promise<OutboundAnswer>;
type Keys = {
  readonly using: (signal: AbortSignal, call: SignedCall) => Promise<OutboundAnswer>;
  readonly health: (options: CallOptions) => Promise<SourceHealth>;
};

function keysOf({ keyService, appKey }: NationalSettings, outbound: Outbound, around: Surroundings): Keys {
  const secret = around.secret(appKey);
  if (!/^[\u0021-\u007e]{8,256}$/.test(secret)) {
    throw new SettingsError("settings.appKey must name a secret of 8 to 256 visible ASCII characters");
  }
  if (keyService === null) return { using: (_signal, call) => call(secret, []), health: async () => UNPROBED };
  cipherKey(secret, keyService);
  const { clock } = around;
  const lease = new Lease((signal) => fetchSessionKey(keyService, secret, { outbound, clock, signal }), clock);
  const isUnknown = ({ status, body }: OutboundAnswer): boolean =>
    keyService.unknownKey !== null && status === 200 && holds(keyService.unknownKey, parseJson(body));

  return {
    /** A key that the platform does not know is fetched anew, once. */
    async using(signal, call) {
      const key = await lease.get(signal);
      const first = await call(key, [401]);
      if (first.status !== 401 && !isUnknown(first)) return first;
      lease.drop(key);
      const second = await call(await lease.get(signal), []);
      if (isUnknown(second)) throw new SourceError("SOURCE_REFUSED", "the platform does not know the key it has lent");
      return second;
    },
    async health({ signal }) {
      await lease.get(signal);
      return { status: "ready", zh: "已取得平台的调用密钥。", en: "The platform has lent a key to sign calls with." };
    },
  };
}

const UNPROBED: SourceHealth = {
  status: "ready",
  zh: "平台没有可探测的地址，以最近的调用为准。",
  en: "The platform has no address to probe: the latest calls tell.",
};
