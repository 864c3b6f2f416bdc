import { isIPv4, isIPv6 } from "node:net";
import { SettingsError } from "./settings.ts";

/** A network as the leading `prefix` bits of a 128-bit address; IPv4 stands as IPv4-mapped IPv6 (RFC 4291 2.5.5.2). */
export type Network = { readonly bits: bigint; readonly prefix: number };
export type Transport = "http:" | "https:";

const MAPPED = 0xffffn << 32n;

/** A wider network in a list of allowed ones is taken for a mistake. */
const WIDEST = { ipv4: 8, ipv6: 7 };

/**
 * Special networks (IANA special-purpose registries; services of clouds that answer with credentials), first fit decides.
 * `listed`: only when the source's settings list them. Nothing else but the rest of IPv4 and of 2000::/3 is the Internet.
 */
const SPECIAL = (
  [
    ["100.100.100.200/32", "never", "metadata"],
    ["168.63.129.16/32", "never", "metadata"],
    ["fd00:ec2::254/128", "never", "metadata"],
    ["0.0.0.0/8", "never", "unspecified"],
    ["169.254.0.0/16", "never", "link-local"],
    ["192.0.0.0/24", "never", "reserved"],
    ["192.0.2.0/24", "never", "documentation"],
    ["192.88.99.0/24", "never", "reserved"],
    ["198.51.100.0/24", "never", "documentation"],
    ["203.0.113.0/24", "never", "documentation"],
    ["224.0.0.0/4", "never", "multicast"],
    ["240.0.0.0/4", "never", "reserved"],
    ["127.0.0.0/8", "listed", "loopback"],
    ["10.0.0.0/8", "listed", "private"],
    ["100.64.0.0/10", "listed", "shared"],
    ["172.16.0.0/12", "listed", "private"],
    ["192.168.0.0/16", "listed", "private"],
    ["198.18.0.0/15", "listed", "benchmark"],
    ["::1/128", "listed", "loopback"],
    ["fc00::/7", "listed", "private"],
    ["::ffff:0:0/96", "public", "IPv4"],
    ["2001::/23", "never", "reserved"],
    ["2001:db8::/32", "never", "documentation"],
    ["3fff::/20", "never", "documentation"],
    ["2000::/3", "public", "IPv6"],
    ["fe80::/10", "never", "link-local"],
    ["ff00::/8", "never", "multicast"],
    ["::/128", "never", "unspecified"],
    ["::/0", "never", "reserved"],
  ] as const
).map(([text, access, name]) => ({ network: networkOf(text), access, name }));

const NAT64 = networkOf("64:ff9b::/96");
const SIX_TO_FOUR = networkOf("2002::/16");

/** Reads networks such as `10.0.0.0/8`. Throws SettingsError that names the entry of `place`. */
export function parseNetworks(texts: readonly string[], place: string): readonly Network[] {
  return texts.map((text, index) => {
    const fail = (why: string): never => {
      throw new SettingsError(`${place}[${index}] ${why}`);
    };
    const network = parseNetwork(text) ?? fail("must be a network such as 10.0.0.0/8, without bits beyond its prefix");
    if (network.prefix < widestOf(text)) return fail("is too wide");
    if (specialOf(network.bits).access === "never") return fail("lies in a network that is never allowed");
    return network;
  });
}

/**
 * Why a connection to an IP address is not made; null when it may be. Loopback and private networks need to be listed, and so
 * does anything that is reached without TLS. Addresses that embed an IPv4 address (mapped, NAT64, 6to4) are judged by it.
 */
export function addressRefusal(address: string, transport: Transport, allowed: readonly Network[]): string | null {
  const written = parseAddress(address);
  if (written === null) return "no IP address";
  const bits = embedded(written);
  const { access, name } = specialOf(bits);
  if (access === "never") return `${name} address`;
  if (allowed.some((network) => contains(network, bits))) return null;
  if (access === "listed") return `${name} address that allowNetworks does not list`;
  return transport === "https:" ? null : "plain http to an address that allowNetworks does not list";
}

function contains({ bits, prefix }: Network, address: bigint): boolean {
  return bits >> BigInt(128 - prefix) === address >> BigInt(128 - prefix);
}

function specialOf(bits: bigint): (typeof SPECIAL)[number] {
  const special = SPECIAL.find(({ network }) => contains(network, bits));
  if (special === undefined) throw new Error("the last row fits every address");
  return special;
}

/** RFC 6052 2.1, RFC 3056 2. */
function embedded(bits: bigint): bigint {
  if (contains(NAT64, bits)) return MAPPED | (bits & 0xffffffffn);
  if (contains(SIX_TO_FOUR, bits)) return MAPPED | ((bits >> 80n) & 0xffffffffn);
  return bits;
}

const widestOf = (text: string): number => (text.includes(":") ? WIDEST.ipv6 : WIDEST.ipv4 + 96);

function networkOf(text: string): Network {
  const network = parseNetwork(text);
  if (network === null) throw new Error(`no network: ${text}`);
  return network;
}

function parseNetwork(text: string): Network | null {
  const [, address = "", digits = ""] = /^([0-9a-fA-F:.]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const bits = parseAddress(address);
  const prefix = Number(digits) + (isIPv4(address) ? 96 : 0);
  if (bits === null || prefix > 128) return null;
  return BigInt.asUintN(128 - prefix, bits) === 0n ? { bits, prefix } : null;
}

/** An address with a zone (`fe80::1%eth0`) is none. */
function parseAddress(text: string): bigint | null {
  if (isIPv4(text)) return MAPPED | joined(text.split(".").map(BigInt), 8n);
  if (!isIPv6(text) || text.includes("%")) return null;
  const [head = "", tail = ""] = withoutDots(text).split("::");
  const left = groupsOf(head);
  const right = groupsOf(tail);
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => 0n);
  return joined([...left, ...zeros, ...right], 16n);
}

function groupsOf(part: string): bigint[] {
  return part === "" ? [] : part.split(":").map((group) => BigInt(`0x${group}`));
}

function joined(groups: readonly bigint[], width: bigint): bigint {
  return groups.reduce((bits, group) => (bits << width) | group, 0n);
}

/** `::ffff:1.2.3.4` as `::ffff:102:304`. */
function withoutDots(text: string): string {
  return text.replace(/\d+\.\d+\.\d+\.\d+$/, (quad) => {
    const bits = joined(quad.split(".").map(BigInt), 8n);
    return `${(bits >> 16n).toString(16)}:${(bits & 0xffffn).toString(16)}`;
  });
}
