import { expect, test } from "vitest";
import { RESOURCE } from "../json/test-questions.ts";
import { checkNationalSettings } from "./settings.ts";

const BODY = { number: "{keys.certificateNumber}", unit: "{keys.unitNumber}" };
const WHOLE = {
  kind: "national",
  scheme: "gjzwfwpt",
  requesterId: "rid",
  serviceId: "sid",
  appKey: "national-app-key",
  keyService: null,
  url: "https://platform.example/sysapi/licences/query",
  requestBody: BODY,
  answer: { record: "/data", fields: { certificateNumber: "/number", unitNumber: "/unit" } },
};
const KEY_SERVICE = { url: "https://platform.example/sysapi/auth/refreshappsecret" };
const check = (settings: unknown) => checkNationalSettings(settings, RESOURCE);

test("what is not said is as the platform's clients do", () => {
  const settings = check({ ...WHOLE, keyService: KEY_SERVICE });
  expect(settings.keyService).toMatchObject({
    cipher: "aes-128-ecb",
    keyForm: "sha1prng",
    unknownKey: null,
    requester: { scheme: "gjzwfwpt", requesterId: "rid", serviceId: "sid" },
  });
  expect(settings.lookup?.answer.frame.success).toEqual({ pointer: ["code"], equals: new Set(["0", "200"]) });
  expect(check(WHOLE).keyService).toBeNull();
});

test("the key service may have a service id of its own", () => {
  const { keyService } = check({ ...WHOLE, keyService: { ...KEY_SERVICE, serviceId: "keys" } });
  expect(keyService?.requester.serviceId).toBe("keys");
});

test.each<[string, object, string]>([
  ["an unknown scheme", { scheme: "gjpt" }, "settings.scheme"],
  ["no word on the key service", { keyService: undefined }, "settings.keyService"],
  ["a key service inside", { keyService: { url: "https://10.0.0.1/" } }, "settings.keyService.url"],
  ["an unknown cipher", { keyService: { ...KEY_SERVICE, cipher: "des" } }, "settings.keyService.cipher"],
  ["an unknown form of key", { keyService: { ...KEY_SERVICE, keyForm: "md5" } }, "settings.keyService.keyForm"],
  [
    "half a condition",
    { keyService: { ...KEY_SERVICE, unknownKey: { pointer: "/code" } } },
    "settings.keyService.unknownKey",
  ],
  ["the app key itself", { appKey: { value: "x" } }, "settings.appKey"],
  ["a requester in Chinese", { requesterId: "省厅" }, "settings.requesterId"],
  ["a service of two lines", { serviceId: "a\nb" }, "settings.serviceId"],
  ["a body without a key", { requestBody: { unit: "{keys.unitNumber}" } }, "settings.requestBody must send the key"],
  ["a body that is a text", { requestBody: "{keys.certificateNumber}" }, "settings.requestBody"],
  ["a placeholder nobody knows", { requestBody: { ...BODY, a: "{appKey}" } }, "settings.requestBody.a"],
  ["an answer without keys", { answer: { fields: { area: "/a" } } }, "settings.answer.fields"],
  ["a url in plain http", { url: "http://platform.example/" }, "settings.url"],
  ["a match without claims", { match: { requestBody: BODY, answer: {} } }, "settings.match.answer.claims"],
  ["an unknown member", { headers: {} }, "settings.headers"],
])("%s is refused by name", (_what, changes, named) => {
  const given: unknown = JSON.parse(JSON.stringify({ ...WHOLE, ...changes }));
  expect(() => check(given)).toThrow(expect.objectContaining({ name: "SettingsError" }) as Error);
  expect(() => check(given)).toThrow(named);
});
