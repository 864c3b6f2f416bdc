// Run by scenarios/log-lookups.ts: the gateway as it is, but for the log, in whose place no-log.ts stands. The gateway itself has no such switch.
import { registerHooks } from "node:module";

const LOG = "/gateway/log/exchange-log.ts";
const url = new URL("./no-log.ts", import.meta.url).href;

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    return resolved.url.endsWith(LOG) ? { ...resolved, url } : resolved;
  },
});
await import("#gateway/main.ts");
