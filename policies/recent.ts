/** The last so many values that were asked for, by key. */
export type Recent<Value> = {
  readonly get: (key: string) => Value | undefined;
  readonly set: (key: string, value: Value) => void;
  readonly clear: () => void;
};

/** `bound`: how many are kept; what was asked for longest ago goes first. */
export function recent<Value>(bound: number): Recent<Value> {
  const kept = new Map<string, Value>();
  return {
    get(key) {
      const value = kept.get(key);
      if (value === undefined) return undefined;
      // A Map keeps the order in which keys came.
      kept.delete(key);
      kept.set(key, value);
      return value;
    },
    set(key, value) {
      kept.delete(key);
      kept.set(key, value);
      const oldest = kept.keys().next();
      if (kept.size > bound && oldest.done !== true) kept.delete(oldest.value);
    },
    clear: () => kept.clear(),
  };
}
