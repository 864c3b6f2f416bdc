import { expect, test } from "vitest";
import { directoryOf, resolveDirectory, resolveLocation, trimXml } from "./location.ts";

test.each([
  ["/", "OFD.xml", "/OFD.xml"],
  ["/", "Doc_0/Document.xml", "/Doc_0/Document.xml"],
  ["/Doc_0/", "Pages/Page_0/Content.xml", "/Doc_0/Pages/Page_0/Content.xml"],
  ["/Doc_0/", "/OFD.xml", "/OFD.xml"],
  ["/Doc_0/Signs/", "../PublicRes.xml", "/Doc_0/PublicRes.xml"],
  ["/Doc_0/Signs/", "../../OFD.xml", "/OFD.xml"],
  ["/Doc_0/", "./a/./b/../c.xml", "/Doc_0/a/c.xml"],
  ["/Doc_0/", "\n  Document.xml\t", "/Doc_0/Document.xml"],
  ["/Doc_0/", "..xml", "/Doc_0/..xml"],
  ["/Doc_0/", "证照 1.xml", "/Doc_0/证照 1.xml"],
  ["/Doc_0/", "%2e%2e/OFD.xml", "/Doc_0/%2e%2e/OFD.xml"],
  ["/Doc_0/", "document.XML", "/Doc_0/document.XML"],
])("from %s, %j names %s", (directory, location, path) => {
  expect(resolveLocation(directory, location)).toBe(path);
});

test.each([
  ["above the root", "../../OFD.xml"],
  ["above the root and back", "/../Doc_0/Document.xml"],
  ["above the root from the root", "/.."],
  ["a backslash", "Pages\\Content.xml"],
  ["a NUL", "Content.xml\u0000.png"],
  ["a line break inside", "Con\ntent.xml"],
  ["a query", "Content.xml?a"],
  ["a fragment", "Content.xml#a"],
  ["nothing", ""],
  ["blanks", " \n "],
  ["the root", "/"],
  ["a directory", "Pages/"],
  ["a directory by dots", "Pages/.."],
  ["this directory", "."],
  ["an empty segment", "Pages//Content.xml"],
  ["two slashes at the start", "//OFD.xml"],
])("%s names no file", (_, location) => {
  expect(resolveLocation("/Doc_0/", location)).toBeNull();
});

test.each([
  ["", "/Doc_0/"],
  ["Res", "/Doc_0/Res/"],
  ["./Res/", "/Doc_0/Res/"],
  ["/Res", "/Res/"],
  [".", "/Doc_0/"],
  ["..", "/"],
  ["/", "/"],
  ["../..", null],
  ["Res//", null],
])("BaseLoc %j names the directory %s", (location, path) => {
  expect(resolveDirectory("/Doc_0/", location)).toBe(path);
});

test("the directory of a path", () => {
  expect(directoryOf("/Doc_0/Document.xml")).toBe("/Doc_0/");
  expect(directoryOf("/OFD.xml")).toBe("/");
});

test("trimming takes the white space of XML only, in linear time", () => {
  expect(trimXml("\r\n a\u00a0\t")).toBe("a\u00a0");
  expect(trimXml(`a${" ".repeat(1_000_000)}b`)).toHaveLength(1_000_002);
});
