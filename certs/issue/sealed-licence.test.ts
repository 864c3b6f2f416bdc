import { beforeAll, describe, expect, test } from "vitest";
import { readZip } from "../bytes/zip.ts";
import { isCreditCode } from "../licence/credit-code.ts";
import { parseLicenceIdentifier } from "../licence/identifier.ts";
import { isResidentNumber } from "../licence/resident-number.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { type AuthorityName, type DemoPki, makePki } from "./pki.ts";
import { licenceMetadata, sealedEntries, sealedLicence } from "./sealed-licence.ts";

const NAMES: readonly AuthorityName[] = ["anhui", "guangdong", "shache"];
let pki: DemoPki;

beforeAll(() => {
  pki = makePki(Date.UTC(2026, 10, 21));
});

describe("licenceMetadata", () => {
  test.each(NAMES)("codes and identifier of %s have right check characters", (authority) => {
    const metadata = licenceMetadata({ pki, authority, serial: 12_345 });
    const identifier = parseLicenceIdentifier(metadata["ZZBS"] ?? "");
    expect(identifier?.remarks).toEqual([]);
    expect(identifier?.issuerCode).toBe(metadata["ZZBFJGDM"]);
    expect(isCreditCode(metadata["ZZBFJGDM"] ?? "")).toBe(true);
    const holder = metadata["CZZTDM"] ?? "";
    expect(metadata["CZZTDMLXDM"] === "111" ? isResidentNumber(holder) : isCreditCode(holder)).toBe(true);
  });

  test("numbers have the lengths that real ones have", () => {
    expect(licenceMetadata({ pki })["KZ_BDCDYH"]).toHaveLength(28);
    expect(licenceMetadata({ pki, authority: "guangdong" })["ZZBH"]).toMatch(/^C\d{22}$/);
  });

  test("dates are days in China, and single values can be overridden", () => {
    const metadata = licenceMetadata({ pki, validFrom: Date.UTC(2026, 0, 1, 17), metadata: { CZZT: "示例" } });
    expect([metadata["ZZBFRQ"], metadata["CZZT"]]).toEqual(["2026-01-02", "示例"]);
  });
});

test("every serial gives another file that a strict reader opens", () => {
  const files = [1, 2, 3].map((serial) => Buffer.from(sealedLicence({ pki, serial })));
  expect(new Set(files.map((file) => file.toString("latin1"))).size).toBe(3);
  for (const file of files) expect(readZip(file, DEFAULT_LIMITS).entries.has("OFD.xml")).toBe(true);
});

test("the page shows the fields with their Chinese names", () => {
  const page = Buffer.from(sealedEntries({ pki }).get("Doc_0/Pages/Page_0/Content.xml") ?? []).toString("utf8");
  expect(page).toContain("持证主体：张三");
  expect(page).not.toContain("KZ_");
});
