import { measure } from "./inquiry.ts";

/** Authenticated, authorised and recorded matches of four claims against a table of 100,000 records. */
export const run = (): Promise<void> => measure("match");
