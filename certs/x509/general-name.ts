import { DerError, TAG, constructed, context, type Der } from "../bytes/der.ts";
import { readName, type Name } from "./name.ts";

/** GeneralName (RFC 5280 4.2.1.6). `bytes` is the whole value, for comparing one with another. */
export type GeneralName =
  | { readonly form: "email" | "dns" | "uri"; readonly text: string; readonly bytes: Uint8Array }
  | { readonly form: "directory"; readonly name: Name; readonly bytes: Uint8Array }
  | { readonly form: "ip"; readonly octets: Uint8Array; readonly bytes: Uint8Array }
  | { readonly form: "other"; readonly tag: number; readonly bytes: Uint8Array };

const TEXT_FORMS = new Map([
  [context(1), "email"],
  [context(2), "dns"],
  [context(6), "uri"],
] as const);

export function readGeneralName(value: Der): GeneralName {
  const { bytes, tag } = value;
  const form = TEXT_FORMS.get(tag);
  if (form !== undefined) return { form, text: ascii(value), bytes };
  if (tag === constructed(4)) return { form: "directory", name: readName(value.only("directoryName")), bytes };
  if (tag === context(7)) return { form: "ip", octets: value.content, bytes };
  if ((tag & 0xc0) === 0x80 && (tag & 0x1f) <= 8) return { form: "other", tag: tag & 0x1f, bytes };
  throw new DerError("TAG", `GeneralName: tag 0x${tag.toString(16)}`);
}

/** GeneralNames; `value` may be the SEQUENCE or an implicit tag in its place. */
export function readGeneralNames(value: Der, tag: number = TAG.sequence): readonly GeneralName[] {
  const names = value.expect(tag, "GeneralNames").children().map(readGeneralName);
  if (names.length === 0) throw new DerError("VALUE", "GeneralNames: empty");
  return names;
}

function ascii(value: Der): string {
  if (value.content.some((octet) => octet > 0x7f)) throw new DerError("VALUE", "GeneralName: not ASCII");
  return Buffer.from(value.content).toString("latin1");
}
