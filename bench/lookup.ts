import { measure } from "./inquiry.ts";

/** Authenticated, authorised, masked and recorded lookups against a table of 100,000 records. */
export const run = (): Promise<void> => measure("lookup");
