import { crc32, deflateRawSync } from "node:zlib";

/** A part of a package. `lies` replaces what the archive's directory says of it. */
export type TestPart = {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly lies?: { readonly size?: number; readonly crc?: number; readonly flags?: number; readonly method?: number };
};

/** For tests: a zip archive of the parts, each deflated, as it stands. */
export function zipOf(parts: readonly TestPart[]): Uint8Array {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const part of parts) {
    const { local, central } = headersOf(part, offset);
    files.push(local);
    directory.push(central);
    offset += local.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, listed, end]);
}

function headersOf({ name, content, lies = {} }: TestPart, offset: number): { local: Buffer; central: Buffer } {
  const bytes = typeof content === "string" ? Buffer.from(content) : Buffer.from(content);
  const packed = deflateRawSync(bytes, { level: 9 });
  const names = Buffer.from(name);
  const shared = Buffer.alloc(26);
  shared.writeUInt16LE(20, 0);
  shared.writeUInt16LE((lies.flags ?? 0) | 0x800, 2);
  shared.writeUInt16LE(lies.method ?? 8, 4);
  shared.writeUInt32LE(lies.crc ?? crc32(bytes), 10);
  shared.writeUInt32LE(packed.length, 14);
  shared.writeUInt32LE(lies.size ?? bytes.length, 18);
  shared.writeUInt16LE(names.length, 22);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(20, 4);
  shared.copy(central, 6);
  central.writeUInt32LE(offset, 42);
  return {
    local: Buffer.concat([Buffer.from("PK\u0003\u0004", "latin1"), shared, names, packed]),
    central: Buffer.concat([central, names]),
  };
}

const RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
const SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

const relationsOf = (...targets: readonly (readonly [string, string])[]): string =>
  `<Relationships xmlns="${PACKAGE}/relationships">${targets
    .map(
      ([kind, target], index) => `<Relationship Id="rId${index + 1}" Type="${RELATIONS}/${kind}" Target="${target}"/>`,
    )
    .join("")}</Relationships>`;

export const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** A cell as XML: texts are shared strings by number where `shared` has them, else inline. */
export const textCell = (text: string): string => `<c t="inlineStr"><is><t>${escaped(text)}</t></is></c>`;

export const rowOf = (...cells: readonly string[]): string => `<row>${cells.join("")}</row>`;

export type TestWorkbook = {
  /** XML of the rows. */
  readonly rows: string;
  readonly sharedStrings?: string;
  readonly styles?: string;
  readonly workbook?: string;
  readonly contentTypes?: string;
  readonly more?: readonly TestPart[];
  readonly without?: string;
};

/** The parts of a workbook with one sheet, `Sheet1`. */
export function partsOf(book: TestWorkbook): readonly TestPart[] {
  const parts: readonly TestPart[] = [
    {
      name: "[Content_Types].xml",
      content: `<Types xmlns="${PACKAGE}/content-types">${book.contentTypes ?? ""}</Types>`,
    },
    { name: "_rels/.rels", content: relationsOf(["officeDocument", "xl/workbook.xml"]) },
    { name: "xl/workbook.xml", content: book.workbook ?? workbookOf('<sheet name="Sheet1" sheetId="1" r:id="rId1"/>') },
    {
      name: "xl/_rels/workbook.xml.rels",
      content: relationsOf(
        ["worksheet", "worksheets/sheet1.xml"],
        ["sharedStrings", "sharedStrings.xml"],
        ["styles", "/xl/styles.xml"],
        ["worksheet", "worksheets/sheet2.xml"],
      ),
    },
    { name: "xl/worksheets/sheet1.xml", content: sheetOf(book.rows) },
    { name: "xl/sharedStrings.xml", content: `<sst xmlns="${SHEET}">${book.sharedStrings ?? ""}</sst>` },
    { name: "xl/styles.xml", content: `<styleSheet xmlns="${SHEET}">${book.styles ?? ""}</styleSheet>` },
  ];
  return [...parts.filter(({ name }) => name !== book.without), ...(book.more ?? [])];
}

export const sheetOf = (rows: string): string =>
  `<worksheet xmlns="${SHEET}"><sheetData>${rows}</sheetData></worksheet>`;

export const workbookOf = (sheets: string, properties = ""): string =>
  `<workbook xmlns="${SHEET}" xmlns:r="${RELATIONS}">${properties}<sheets>${sheets}</sheets></workbook>`;

export const workbookFile = (book: TestWorkbook): Uint8Array => zipOf(partsOf(book));
