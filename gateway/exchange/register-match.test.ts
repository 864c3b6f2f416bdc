import { expect, test } from "vitest";
import type { Decision } from "#policies/decision.ts";
import { FOUND, matchOf, NOW, sceneOf } from "./inquiry-scene.ts";
import { matchWithin } from "./register-match.ts";

const found = {
  kind: "found",
  asOf: FOUND.asOf,
  reference: "r",
  claims: { holderName: "match" },
  state: "现势",
} as const;
const notFound = { kind: "not-found", asOf: FOUND.asOf, reference: "r" } as const;

const obliged = ({ duties, fields, ...decision }: Decision): Decision => ({
  ...decision,
  duties: { ...duties, notify: ["provider"] },
  fields: { ...fields, holderName: { kind: "permit", treatment: { kind: "match-only" }, notify: true } },
});

test.each([
  ["found", found, 1],
  ["not found", notFound, 0],
] as const)(
  "the provider is told of what is %s within a verification, where the policies oblige to",
  async (...row) => {
    const [, answer, told] = row;
    const { services, notices } = sceneOf({ match: async () => answer });
    const { approval: _, ...asked } = matchOf();
    const question = { ...asked, exchange: "exchange-1", receivedAt: NOW };
    expect(await matchWithin(question, services)).toMatchObject({ kind: "answered", answer });
    expect(notices).toEqual([]);
    await matchWithin(question, { ...services, authorize: (request) => obliged(services.authorize(request)) });
    expect(notices.map(({ exchange }) => exchange)).toEqual(Array.from({ length: told }, () => "exchange-1"));
  },
);
