import { entitlementOf } from "#certs/licence/entitlement.ts";
import { provinceOf, regionOfIssuer } from "#certs/licence/region.ts";
import type { Entitlement, NotAskedReason } from "#certs/register-answer.ts";
import type { LicenceReport, Report } from "#certs/report.ts";
import type { LicenceRegister, Resource } from "#gateway/registry/entities.ts";
import { isWellFormed } from "#gateway/registry/well-formed.ts";

/** A resource that keeps a register of licences. */
export type RegisterResource = Resource & { readonly licence: LicenceRegister };

type Texts = Readonly<Record<string, string>>;

/** What the register is to be asked about a licence. `region` has six digits. */
export type RegisterQuery = {
  readonly kind: "ask";
  readonly region: string;
  readonly keys: Texts;
  readonly claims: Texts;
  readonly issuer: Entitlement;
};
/** Why it is not asked. `issuer` is null when nothing was found out about it. */
export type NoQuery = {
  readonly kind: "not-asked";
  readonly code: NotAskedReason;
  readonly issuer: Entitlement | null;
};

/**
 * Works the question out of a report in which nothing is masked. A register is asked about no more than helps: not about a
 * document that failed by itself, nor about what no good signature covers (anybody can write down another's number), nor
 * about licences that it does not keep or whose issuer may not issue them. `region`: the caller's, null for the issuer's own.
 */
export function registerQueryOf(
  { verdict, licence }: Report,
  resource: RegisterResource,
  region: string | null,
): RegisterQuery | NoQuery {
  if (verdict === "FAILED") return notAsked("DOCUMENT_FAILED");
  if (licence === null) return notAsked("NO_LICENCE");
  if (!licence.proven) return notAsked("NOT_PROVEN");
  const { typeCodes, issuers } = resource.licence;
  if (licence.typeCode === null || !typeCodes.includes(licence.typeCode)) return notAsked("TYPE_NOT_KEPT");
  const issuer = entitlementOf(issuers, licence.issuer.code);
  if (issuer === "not-entitled") return notAsked("ISSUER_NOT_ENTITLED", issuer);
  const stated = statedBy(licence, resource);
  const keys = keysOf(stated, resource);
  if (keys === null) return notAsked("NO_NUMBER", issuer);
  const registered = registeredIn(region, licence.issuer.code);
  if (registered.region === null) return notAsked(registered.code, issuer);
  return { kind: "ask", region: registered.region, keys, claims: claimsOf(stated, resource), issuer };
}

const notAsked = (code: NotAskedReason, issuer: Entitlement | null = null): NoQuery => ({
  kind: "not-asked",
  code,
  issuer,
});

/** What the licence says, under the register's names for it. What its issuer has masked, or no register could hold, says nothing. */
function statedBy(
  { number, holder }: LicenceReport,
  { licence, fields }: RegisterResource,
): ReadonlyMap<string, string> {
  const said = [
    [licence.number, number],
    [licence.holderName, holder.name],
    [licence.holderCode, holder.code],
  ] as const;
  const usable = (name: string, text: string | null): text is string => {
    const type = fields[name]?.type;
    return text !== null && type !== undefined && !text.includes("*") && isWellFormed(type, text);
  };
  return new Map(said.flatMap(([name, text]) => (usable(name, text) ? [[name, text] as const] : [])));
}

/** The smallest set of keys that names the record by its number; null when the licence does not say enough for any. */
function keysOf(stated: ReadonlyMap<string, string>, { keys, licence }: RegisterResource): Texts | null {
  const usable = keys.filter((set) => set.includes(licence.number) && set.every((name) => stated.has(name)));
  const [smallest] = usable.toSorted((a, b) => a.length - b.length);
  return smallest === undefined ? null : textsOf(smallest, stated);
}

const claimsOf = (stated: ReadonlyMap<string, string>, { licence }: RegisterResource): Texts =>
  textsOf(
    [licence.holderName, licence.holderCode].filter((name) => stated.has(name)),
    stated,
  );

const textsOf = (names: readonly string[], stated: ReadonlyMap<string, string>): Texts =>
  Object.fromEntries(names.map((name) => [name, stated.get(name) ?? ""]));

type Registered = { readonly region: string } | { readonly region: null; readonly code: "NO_REGION" | "OTHER_REGION" };

/** A caller may name a register above or below the issuer's own region, not one of another province. */
function registeredIn(named: string | null, issuerCode: string | null): Registered {
  const own = issuerCode === null ? null : regionOfIssuer(issuerCode.toUpperCase());
  if (named === null) return own === null ? { region: null, code: "NO_REGION" } : { region: own };
  const [there, here] = [provinceOf(named), own === null ? null : provinceOf(own)];
  const elsewhere = there !== null && here !== null && there.code !== here.code;
  return elsewhere ? { region: null, code: "OTHER_REGION" } : { region: named };
}
