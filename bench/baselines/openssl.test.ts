import { expect, test } from "vitest";
import { parseSpeed } from "./openssl.ts";

const OUTPUT = `+DTP:256:sign:CurveSM2:1
+R10:607:256:CurveSM2:0.52
+DTP:256:verify:CurveSM2:1
+R11:603:256:CurveSM2:0.49
+F7:0:256:CurveSM2:1167.307692:1230.612245
`;

test("takes signs and verifies a second from what openssl speed prints", () => {
  expect(parseSpeed(OUTPUT)).toEqual({ signPerSecond: 1167.307692, verifyPerSecond: 1230.612245 });
});

test.each([
  ["nothing", ""],
  ["another curve", OUTPUT.replaceAll("CurveSM2", "X25519")],
  ["no figures", OUTPUT.replace("1230.612245", "")],
])("finds no speed in %s", (_, text) => {
  expect(parseSpeed(text)).toBeNull();
});
