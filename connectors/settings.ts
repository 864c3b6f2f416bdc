import type { ResourceShape } from "./source.ts";

/** What an operator configured for a source is wrong. The message names the member. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

/** What every kind of source is opened with, besides its own settings. */
export type Surroundings = {
  /** Of the source, unique in this gateway. */
  readonly id: string;
  readonly resource: ResourceShape;
  /** Directory of what sources keep. */
  readonly dataDirectory: string;
  /** A secret by the name that stands in the settings; throws SettingsError when there is none. */
  readonly secret: (name: string) => string;
  /** Whether a text is well-formed for its type, check digits included. */
  readonly isWellFormed: (type: ResourceShape["fields"][string]["type"], text: string) => boolean;
  /** URL of a module that exports the same as `isWellFormed`, for threads; without it no source takes uploads. */
  readonly wellFormedModule?: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** This gateway's own name and signature, for peers. */
  readonly identity: Identity;
};

/** A compact JWS over the claims, by the gateway's own key (its public half stands at /.well-known/jwks.json). */
export type Identity = {
  readonly sign: (claims: Readonly<Record<string, unknown>>, type: string) => Promise<string>;
};
