/** Bounds on one document, checked before or while parsing. Sizes in bytes. */
export type Limits = {
  readonly maxBytes: number;
  readonly maxEntries: number;
  /** All entries together, uncompressed. */
  readonly maxUncompressed: number;
  /** Uncompressed to compressed, for an entry of more than 1 MiB uncompressed. */
  readonly maxRatio: number;
  readonly maxXmlBytes: number;
  readonly maxXmlDepth: number;
  readonly maxXmlElements: number;
  readonly maxDerDepth: number;
  readonly maxSignatures: number;
  readonly maxPages: number;
};

export const DEFAULT_LIMITS: Limits = {
  maxBytes: 128 * 1024 * 1024,
  maxEntries: 20_000,
  maxUncompressed: 256 * 1024 * 1024,
  maxRatio: 200,
  maxXmlBytes: 32 * 1024 * 1024,
  maxXmlDepth: 64,
  maxXmlElements: 2_000_000,
  maxDerDepth: 32,
  maxSignatures: 64,
  maxPages: 20_000,
};
