import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "#gateway/config.ts";
import { DISK, placeDurably } from "./disk.ts";
import { LogRefusedError } from "./log-refused.ts";
import { isKeyName } from "./tlog/vkey.ts";

/** `name` as configured, null for one that is made; `host`: where the gateway is reached. */
export type OriginWish = { readonly name: string | null; readonly host: string };

/**
 * The log's name, as it stands in its checkpoints and keys: chosen at the first start, the same ever after. Throws ConfigError when
 * another one is asked for, LogRefusedError when the file holds none.
 */
export function openLogOrigin(directory: string, { name, host }: OriginWish): string {
  const file = join(directory, "origin");
  const former = readOrigin(file);
  if (former === null) {
    const origin = name ?? `${host}/log/${randomBytes(4).toString("hex")}`;
    placeDurably(DISK, file, Buffer.from(`${origin}\n`));
    return origin;
  }
  if (!isKeyName(former)) throw new LogRefusedError("LOG_DAMAGED", `${file} holds no name of a log`);
  if (name !== null && name !== former)
    throw new ConfigError(
      `TONGYAN_LOG_ORIGIN is ${name}, but the log in ${directory} is ${former}; a log keeps its name`,
    );
  return former;
}

function readOrigin(file: string): string | null {
  try {
    return readFileSync(file, "utf8").replace(/\n$/, "");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
