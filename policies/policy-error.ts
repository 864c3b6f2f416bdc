/** Where in a policy set something is wrong; `rule` is null when it is not one rule. */
export type PolicyPlace = { readonly file: string; readonly rule: string | null };

/** A policy set that cannot be used, or a request that it cannot be asked about. Nothing is permitted on it. The message names file and rule. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
  readonly place: PolicyPlace | null;

  constructor(message: string, place: PolicyPlace | null = null, cause?: unknown) {
    super(place === null ? message : `${where(place)}: ${message}`, { cause });
    this.place = place;
  }
}

const where = ({ file, rule }: PolicyPlace): string => (rule === null ? file : `${file}, rule ${rule}`);
