import { performance } from "node:perf_hooks";
import type { Source } from "#connectors/source.ts";
import { hourInChina } from "#gateway/exchange/authorization.ts";
import { dataResourceOf } from "#gateway/exchange/purpose-facts.ts";
import { grantFor } from "#gateway/registry/grant-choice.ts";
import { openPolicies, SHIPPED_SET } from "#policies/policies.ts";
import type { AuthorizationRequest } from "#policies/request.ts";
import { recordOf, RECORDS } from "./records.ts";
import type { Scene } from "./scene.ts";
import { CLIENT, PURPOSE, RESOURCE, type Inquiry } from "./questions.ts";

/** Microseconds for a decision: `cold` worked out by the policies, `warm` one that was made before. */
export type PolicyCost = { readonly cold: number; readonly warm: number };

const COLD = 400;
const WARM = 100_000;
const CALLERS = 8;

/** Asks the policies directly for what the gateway asks them for. Throws when they do not permit it. */
export function policyCost({ seed }: Scene, { action }: Inquiry): PolicyCost {
  const { authorize } = openPolicies(SHIPPED_SET);
  const request = requestOf(seed, action);
  const permitted = (each: AuthorizationRequest): void => {
    if (authorize(each).effect !== "permit") throw new Error("the policies do not permit what the bench asks");
  };
  // Another caller is another question.
  const from = (client: string): AuthorizationRequest => ({ ...request, principal: { ...request.principal, client } });
  for (let each = 0; each < COLD; each++) permitted(from(`warm-up-${each}`));
  const cold = microseconds(COLD, (each) => permitted(from(`client-${each}`)));
  // By turns: the one that was made last is found at once.
  const known = Array.from({ length: CALLERS }, (_, each) => from(`client-${each}`));
  const warm = microseconds(WARM, (each) => permitted(known[each % CALLERS] ?? request));
  return { cold, warm };
}

function requestOf(
  { resources, items, clients, grants }: Scene["seed"],
  action: Inquiry["action"],
): AuthorizationRequest {
  const now = Date.now();
  const resource = resources.find(({ id }) => id === RESOURCE);
  const item = items.find(({ code }) => code === PURPOSE.itemCode);
  const client = clients.find(({ id }) => id === CLIENT);
  if (resource === undefined || item === undefined || client === undefined)
    throw new Error("the seed lacks what is asked");
  const { organisation, roles } = client;
  const own = grants.filter((grant) => grant.organisation === organisation.code && grant.resource === RESOURCE);
  return {
    principal: {
      client: CLIENT,
      organisation: organisation.code,
      region: organisation.region,
      roles,
      authentication: "token",
      address: "loopback",
    },
    action,
    resource: dataResourceOf(resource),
    context: {
      access: "loopback",
      purpose: {
        item: item.code,
        itemKnown: true,
        itemFields: item.uses[RESOURCE] ?? [],
        case: "open",
        organisationAgrees: true,
        itemNameAgrees: true,
        consent: false,
      },
      grant: grantFor(own, item.code, now),
      approved: false,
      hour: hourInChina(now),
      owner: null,
    },
  };
}

function microseconds(count: number, work: (each: number) => void): number {
  const start = performance.now();
  for (let each = 0; each < count; each++) work(each);
  return ((performance.now() - start) / count) * 1000;
}

const LOOKUPS = 100_000;
const STRIDE = 7_919;

/** Lookups a second of the table source alone, in this process, each checked. */
export async function tableRate(source: Source): Promise<number> {
  const { signal } = new AbortController();
  const asked = { resource: RESOURCE, region: "340000", purpose: PURPOSE, exchange: "" };
  const fields = ["holderName", "location", "area", "state"];
  const start = performance.now();
  for (let each = 0; each < LOOKUPS; each++) {
    const { certificateNumber, holderName } = recordOf((each * STRIDE) % RECORDS);
    const answer = await source.fetch({ ...asked, keys: { certificateNumber }, fields }, { signal });
    if (answer.kind !== "found" || answer.record["holderName"] !== holderName)
      throw new Error("the table answers with another record");
  }
  return (LOOKUPS / (performance.now() - start)) * 1000;
}
