import type { RequestMaker } from "./load.ts";

/** Requests that differ by their serial. */
export const numbered: RequestMaker<{ readonly prefix: string }> =
  ({ prefix }) =>
  (serial) => ({
    method: "POST",
    path: `/${prefix}/${serial}`,
    as: "somebody",
    contentType: "application/json",
    body: `{"serial":${serial}}`,
    expect: { status: 200, contains: [`<${serial}>`], lacks: [] },
  });
