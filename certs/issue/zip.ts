import { crc32, deflateRawSync } from "node:zlib";

/** `method`: deflate unless said otherwise. A name may stand in the list twice: the writer does not judge. */
export type ZipInput = { readonly name: string; readonly bytes: Uint8Array; readonly method?: "store" | "deflate" };

const UTF8_NAMES = 0x0800;
const DOS_DATE = 0x0021; // 1980-01-01, so that the same entries give the same archive

type Part = { readonly name: Buffer; readonly body: Uint8Array; readonly shared: Buffer };

/** A plain zip archive without zip64, data descriptors or extra fields. Source: APPNOTE.TXT 4.3. */
export function writeZip(entries: readonly ZipInput[]): Buffer {
  const locals: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const part of entries.map(pack)) {
    const local = Buffer.concat([signature(0x04034b50), part.shared, part.name, part.body]);
    locals.push(local);
    directory.push(directoryEntry(part, offset));
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  return Buffer.concat([...locals, central, endRecord(entries.length, central.length, offset)]);
}

/** The entries of a map in its order, all deflated. */
export const zipOf = (entries: ReadonlyMap<string, Uint8Array>): Buffer =>
  writeZip([...entries].map(([name, bytes]) => ({ name, bytes })));

/** `shared`: the 26 bytes that a local header and its directory entry have in common. */
function pack(entry: ZipInput): Part {
  const stored = entry.method === "store";
  const body = stored ? entry.bytes : deflateRawSync(entry.bytes);
  const name = Buffer.from(entry.name, "utf8");
  const shared = Buffer.alloc(26);
  shared.writeUInt16LE(20, 0);
  shared.writeUInt16LE(UTF8_NAMES, 2);
  shared.writeUInt16LE(stored ? 0 : 8, 4);
  shared.writeUInt16LE(DOS_DATE, 8);
  shared.writeUInt32LE(crc32(entry.bytes), 10);
  shared.writeUInt32LE(body.length, 14);
  shared.writeUInt32LE(entry.bytes.length, 18);
  shared.writeUInt16LE(name.length, 22);
  return { name, body, shared };
}

function directoryEntry(part: Part, offset: number): Buffer {
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(offset, 10);
  return Buffer.concat([signature(0x02014b50), Buffer.of(20, 0), part.shared, rest, part.name]);
}

function endRecord(count: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
