import { expect, test } from "vitest";
import { deceptiveCharacters } from "./deceptive-characters.ts";

test.each([
  ["国家税务总局\0.example", "NUL U+0000"],
  ["国家\u202e税务总局", "writing direction control U+202E"],
  ["国家\u2066税务总局", "writing direction control U+2066"],
  ["国家税务\u200b总局", "invisible character U+200B"],
  ["国家税务\u200d总局", "invisible character U+200D"],
  ["\ufeff国家税务总局", "invisible character U+FEFF"],
  ["国家\u3164税务总局", "invisible character U+3164"],
  ["国家\u{e0041}税务总局", "invisible character U+E0041"],
  ["国家税务总局\u{e0100}", "variation selector U+E0100"],
  ["国家税务总\u{fe00}局", "variation selector U+FE00"],
  ["国家\n税务总局", "control character U+000A"],
  ["国家\u0085税务总局", "control character U+0085"],
  ["国\ufa5c家", "CJK compatibility ideograph U+FA5C"],
  ["金\uf90a融", "CJK compatibility ideograph U+F90A"],
  ["国\u{2f804}", "CJK compatibility ideograph U+2F804"],
  ["\u2f00级建造师", "Kangxi radical U+2F00"],
  ["\u2ee9", "CJK radical or stroke U+2EE9"],
  ["\ud800x", "half of a surrogate pair U+D800"],
  ["Вank of China", "Cyrillic or Greek letter U+0412 among others"],
  ["国家Α税务", "Cyrillic or Greek letter U+0391 among others"],
])("%j: %s", (text, found) => expect(deceptiveCharacters(text)).toBe(found));

test.each([
  "国家税务总局",
  "示例市自然资源和规划局 (不动产登记专用章)",
  "示例（中国）有限公司 № 1",
  "Example Bureau, Dept. 2",
  "Ｅｘａｍｐｌｅ　全角",
  "龘𠮷𪚥",
  "\ufa0e\ufa11\ufa29",
  "Банк Пример",
  "Τράπεζα",
  "莎车县 يەكەن ناھىيىسى",
  "བོད་ལྗོངས།",
  "ᠮᠣᠩᠭᠣᠯ\u180b",
  "",
])("%j is honest", (text) => expect(deceptiveCharacters(text)).toBeNull());
