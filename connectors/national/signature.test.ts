import { expect, test } from "vitest";
import { type Scheme, signedValues } from "./signature.ts";

const KEY = "0123456789abcdef0123456789abcdef";
const requester = (scheme: Scheme) => ({
  scheme,
  requesterId: "3f9b1c2e-0000-4000-8000-000000000001@1",
  serviceId: "s_1200000900000_0001",
});

// Made by javax.crypto.Mac (OpenJDK 17) over the UTF-8 bytes of sid + rid + rtime.
test.each(["gjgxjhpt", "gjzwfwpt"] as const)("the four values of %s", (scheme) => {
  expect(signedValues(requester(scheme), KEY, 1543823040994)).toEqual({
    [`${scheme}_rid`]: "3f9b1c2e-0000-4000-8000-000000000001@1",
    [`${scheme}_sid`]: "s_1200000900000_0001",
    [`${scheme}_rtime`]: "1543823040994",
    [`${scheme}_sign`]: "ZV1L9W3x8IxSUSVXfXtyTotaGUHCdgDkgOMGStaGtnk=",
  });
});

test.each([
  ["another key", KEY.toUpperCase(), requester("gjgxjhpt"), 1543823040994],
  ["another time", KEY, requester("gjgxjhpt"), 1543823040995],
  ["another service", KEY, { ...requester("gjgxjhpt"), serviceId: "s_1200000900000_0002" }, 1543823040994],
  ["another requester", KEY, { ...requester("gjgxjhpt"), requesterId: "x" }, 1543823040994],
])("%s makes another signature", (_what, key, who, time) => {
  expect(signedValues(who, key, time)["gjgxjhpt_sign"]).not.toBe("ZV1L9W3x8IxSUSVXfXtyTotaGUHCdgDkgOMGStaGtnk=");
});
