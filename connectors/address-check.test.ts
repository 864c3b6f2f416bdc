import { describe, expect, test } from "vitest";
import { addressRefusal, parseNetworks } from "./address-check.ts";

const none = parseNetworks([], "allowNetworks");
const all = parseNetworks(
  [
    "10.0.0.0/8",
    "127.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "198.18.0.0/15",
    "::1/128",
    "fc00::/7",
  ],
  "allowNetworks",
);

describe("addresses of the Internet", () => {
  test.each([
    "8.8.8.8",
    "59.255.22.70",
    "172.15.255.255",
    "172.32.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "11.0.0.0",
    "2400:3200::1",
    "2606:4700::",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
  ])("%s: over TLS, and in plain only when listed", (address) => {
    expect(addressRefusal(address, "https:", none)).toBeNull();
    expect(addressRefusal(address, "http:", all)).toMatch(/plain http/);
  });

  test("a listed network may be spoken to in plain", () => {
    const extranet = parseNetworks(["59.192.0.0/10", "2400:3200::/32"], "allowNetworks");
    expect(addressRefusal("59.255.22.70", "http:", extranet)).toBeNull();
    expect(addressRefusal("2400:3200::1", "http:", extranet)).toBeNull();
    expect(addressRefusal("59.128.0.1", "http:", extranet)).not.toBeNull();
  });
});

test.each([
  "127.0.0.1",
  "127.255.255.255",
  "10.0.0.0",
  "10.255.255.255",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.0.1",
  "100.64.0.1",
  "198.18.0.1",
  "::1",
  "0:0:0:0:0:0:0:1",
  "fc00::1",
  "fdff:ffff::1",
  "::ffff:127.0.0.1",
  "::ffff:7f00:1",
  "::FFFF:10.1.2.3",
  "64:ff9b::7f00:1",
  "64:ff9b::10.0.0.1",
  "2002:a00:1::1",
])("%s needs to be listed", (address) => {
  expect(addressRefusal(address, "https:", none)).toMatch(/does not list/);
  expect(addressRefusal(address, "https:", all)).toBeNull();
  expect(addressRefusal(address, "http:", all)).toBeNull();
});

test.each([
  "0.0.0.0",
  "0.1.2.3",
  "169.254.169.254",
  "169.254.0.1",
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
  "192.0.2.1",
  "198.51.100.1",
  "203.0.113.1",
  "192.88.99.1",
  "224.0.0.1",
  "239.255.255.255",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "fe80::1",
  "febf::1",
  "fec0::1",
  "ff02::1",
  "fd00:ec2::254",
  "2001:db8::1",
  "2001::1",
  "3fff::1",
  "::7f00:1",
  "::127.0.0.1",
  "::ffff:0:7f00:1",
  "64:ff9b:1::7f00:1",
  "100::1",
  "4000::1",
  "1:2:3:4:5:6:7:8",
  "::ffff:169.254.169.254",
  "64:ff9b::a9fe:a9fe",
  "2002:a9fe:a9fe::",
  "2002:6464:64c8::",
])("%s is never reached", (address) => {
  expect(addressRefusal(address, "https:", all)).toMatch(/address$/);
});

test.each([
  "",
  "localhost",
  "127.1",
  "0x7f000001",
  "2130706433",
  "127.0.0.01",
  "fe80::1%eth0",
  "::1%1",
  "[::1]",
  "1.2.3.4.5",
])("%j is no address as a lookup gives it", (address) => {
  expect(addressRefusal(address, "https:", all)).toBe("no IP address");
});

describe("networks", () => {
  test.each([
    "10.0.0.0/8",
    "127.0.0.1/32",
    "59.192.0.0/10",
    "::1/128",
    "fc00::/7",
    "::ffff:10.0.0.0/104",
    "2400:3200::/32",
  ])("%s may be listed", (text) => {
    expect(parseNetworks([text], "allowNetworks")).toHaveLength(1);
  });

  test.each([
    ["10.0.0.0", "must be a network"],
    ["10.0.0.1/8", "must be a network"],
    ["10.0.0.0/33", "must be a network"],
    ["10.0.0.0/08", "must be a network"],
    ["10.0.0/8", "must be a network"],
    ["10.0.0.0/-1", "must be a network"],
    ["::1/129", "must be a network"],
    ["fe80::%eth0/10", "must be a network"],
    ["localhost/8", "must be a network"],
    ["0.0.0.0/0", "too wide"],
    ["8.0.0.0/7", "too wide"],
    ["2000::/3", "too wide"],
    ["::/0", "too wide"],
    ["169.254.169.254/32", "never allowed"],
    ["169.254.0.0/16", "never allowed"],
    ["100.100.100.200/32", "never allowed"],
    ["fe80::/10", "never allowed"],
    ["224.0.0.0/8", "never allowed"],
  ])("%s may not", (text, why) => {
    expect(() => parseNetworks(["127.0.0.0/8", text], "settings.allowNetworks")).toThrow(
      expect.objectContaining({ name: "SettingsError" }) as Error,
    );
    expect(() => parseNetworks(["127.0.0.0/8", text], "settings.allowNetworks")).toThrow(`settings.allowNetworks[1]`);
    expect(() => parseNetworks(["127.0.0.0/8", text], "settings.allowNetworks")).toThrow(why);
  });
});
