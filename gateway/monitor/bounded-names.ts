type Options<Slot> = {
  /** Slots at most, besides the one of all others. */
  readonly most: number;
  /** Whether somebody registered this name; without it any name may have a slot. */
  readonly isKnown?: (name: string) => boolean;
  readonly make: () => Slot;
};

/** What is counted under no name of its own. */
export const OTHER = "other";

/**
 * A slot for each name, but for so many at most: names that nobody registered, and those beyond the bound, share the slot `other`. So
 * nobody makes the monitor grow by making up names.
 */
export class BoundedNames<Slot> {
  readonly #options: Options<Slot>;
  readonly #slots = new Map<string, Slot>();
  #other: Slot | null = null;

  constructor(options: Options<Slot>) {
    this.#options = options;
  }

  of(name: string): Slot {
    return this.#slots.get(name) ?? this.#add(name);
  }

  /** With `other`, once it was needed. */
  entries(): (readonly [string, Slot])[] {
    return this.#other === null ? [...this.#slots] : [...this.#slots, [OTHER, this.#other]];
  }

  #add(name: string): Slot {
    const { most, isKnown, make } = this.#options;
    const hasPlace = name !== OTHER && this.#slots.size < most && (isKnown === undefined || isKnown(name));
    if (!hasPlace) return (this.#other ??= make());
    const slot = make();
    this.#slots.set(name, slot);
    return slot;
  }
}
