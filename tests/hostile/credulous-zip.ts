import { inflateRawSync } from "node:zlib";

/** A planted fault for suites on archives: a reader as many are, which believes the directory and asks nothing. Throws anything. */
export function credulousRead(bytes: Uint8Array): Map<string, string> {
  const buffer = Buffer.from(bytes);
  const end = buffer.lastIndexOf("PK\u0005\u0006");
  const found = new Map<string, string>();
  let at = buffer.readUInt32LE(end + 16);
  for (let left = buffer.readUInt16LE(end + 10); left > 0; left--) {
    const header = buffer.readUInt32LE(at + 42);
    const start = header + 30 + buffer.readUInt16LE(header + 26) + buffer.readUInt16LE(header + 28);
    const packed = buffer.subarray(start, start + buffer.readUInt32LE(at + 20));
    const content = buffer.readUInt16LE(at + 10) === 8 ? inflateRawSync(packed) : packed;
    const nameEnd = at + 46 + buffer.readUInt16LE(at + 28);
    found.set(buffer.toString("utf8", at + 46, nameEnd), content.toString("latin1"));
    at = nameEnd + buffer.readUInt16LE(at + 30) + buffer.readUInt16LE(at + 32);
  }
  return found;
}
