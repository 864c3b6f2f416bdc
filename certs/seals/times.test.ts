import { describe, expect, it } from "vitest";
import { parseWrittenTime } from "./times.ts";

describe("times as signers write them", () => {
  it.each([
    ["20200723130907.763Z", "2020-07-23T13:09:07.763Z", "written"],
    ["20200817111329Z", "2020-08-17T11:13:29.000Z", "written"],
    ["20221031141634", "2022-10-31T06:16:34.000Z", "local"],
    ["2020-06-20 17:18:49", "2020-06-20T09:18:49.000Z", "local"],
    ["2020-01-25T07:31:56.377Z", "2020-01-25T07:31:56.377Z", "written"],
    ["20221031141634+0800", "2022-10-31T06:16:34.000Z", "written"],
    ["2022-10-31T14:16:34-05:30", "2022-10-31T19:46:34.000Z", "written"],
    ["20240229000000Z", "2024-02-29T00:00:00.000Z", "written"],
  ])("%s", (text, at, zone) => {
    expect(parseWrittenTime(text)).toEqual({ at: Date.parse(at), zone });
  });

  it.each([
    "",
    "2020",
    "20230229000000Z",
    "20201301000000Z",
    "20200101240000Z",
    "20200101006000Z",
    "2020010100000",
    "x20200101000000Z",
    "20200101000000Zx",
  ])("%j is no time", (text) => expect(parseWrittenTime(text)).toBeNull());
});
