import { expect, test } from "vitest";
import { parseNetworks } from "./address-check.ts";
import { parseServiceUrl } from "./outbound-settings.ts";

const listed = parseNetworks(["10.0.0.0/8", "127.0.0.0/8"], "allowNetworks");

test.each([
  ["https://source.example/api", "https://source.example/api"],
  ["https://SOURCE.example:443", "https://source.example/"],
  ["http://10.1.2.3:8080/", "http://10.1.2.3:8080/"],
  ["http://2130706433/", "http://127.0.0.1/"],
  ["http://extranet.example/api", "http://extranet.example/api"],
  ["https://例子.example/", "https://xn--fsqu00a.example/"],
])("%s is a service's address", (text, href) => {
  expect(parseServiceUrl(text, "settings.baseUrl", listed).href).toBe(href);
});

test.each([
  ["source.example", "a URL"],
  ["", "a URL"],
  ["ftp://source.example/", "http or https"],
  ["file:///etc/passwd", "http or https"],
  ["javascript:alert(1)", "http or https"],
  ["https://user:word@source.example/", "credentials"],
  ["https://user@source.example/", "credentials"],
  ["https://source.example/?a=b", "neither query nor fragment"],
  ["https://source.example/?", "neither query nor fragment"],
  ["https://source.example/#a", "neither query nor fragment"],
  ["https://192.168.0.1/", "private address"],
  ["https://[::1]/", "loopback address"],
  ["https://0xa9fea9fe/", "link-local address"],
  ["http://169.254.169.254/", "link-local address"],
  ["http://8.8.8.8/", "plain http"],
  ["https://[::ffff:192.168.0.1]/", "private address"],
])("%s is none", (text, why) => {
  expect(() => parseServiceUrl(text, "settings.baseUrl", listed)).toThrow(/^settings\.baseUrl must/);
  expect(() => parseServiceUrl(text, "settings.baseUrl", listed)).toThrow(why);
});

test("plain http needs a network that is listed", () => {
  expect(() => parseServiceUrl("http://source.example/", "settings.baseUrl", [])).toThrow("https");
});
