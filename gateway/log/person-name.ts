import { normalise } from "#connectors/compare.ts";

/** One writing of a resident number, a credit code or the number of another paper: what the log makes a person's pseudonym of. */
export const personName = (text: string): string => normalise("holder-code", text);
