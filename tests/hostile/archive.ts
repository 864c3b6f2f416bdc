import { crc32, deflateRawSync } from "node:zlib";

/** Fields of both headers as written; every one can be overridden, lengths included. */
export type HeaderFields = {
  readonly signature: number;
  readonly version: number;
  readonly flags: number;
  readonly method: number;
  readonly time: number;
  readonly date: number;
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
  readonly nameLength: number;
  readonly extraLength: number;
  readonly name: string | Uint8Array;
  readonly extra: Uint8Array;
};

export type CentralFields = HeaderFields & {
  readonly madeBy: number;
  readonly commentLength: number;
  readonly disk: number;
  readonly internal: number;
  readonly external: number;
  readonly offset: number;
  readonly comment: Uint8Array;
};

export type EndFields = {
  readonly disk: number;
  readonly directoryDisk: number;
  readonly countOnDisk: number;
  readonly count: number;
  readonly size: number;
  readonly offset: number;
  readonly commentLength: number;
  readonly comment: Uint8Array;
};

export type Zip64Fields = {
  readonly recordSize: number;
  readonly disk: number;
  readonly directoryDisk: number;
  readonly countOnDisk: number;
  readonly count: number;
  readonly size: number;
  readonly offset: number;
  readonly locatorDisk: number;
  readonly locatorOffset: number;
  readonly disks: number;
};

export type DescriptorForm = "signed" | "unsigned" | "signed-64" | "unsigned-64";

export type ArchiveEntry = {
  readonly name: string | Uint8Array;
  readonly content?: string | Uint8Array;
  /** 0 stored (the default) or 8 deflated; any other number is written as it is, the content stored. */
  readonly method?: number;
  /** Bytes in place of the content as packed by `method`. */
  readonly packed?: Uint8Array;
  /** For both headers; `local` and `central` come after it. */
  readonly both?: Partial<HeaderFields>;
  /** null: no local header and no content, just a line in the directory. */
  readonly local?: Partial<HeaderFields> | null;
  /** null: not in the directory. */
  readonly central?: Partial<CentralFields> | null;
  /** Sets flag bit 3, leaves the local sizes zero and appends the descriptor; bytes are appended as they are. */
  readonly descriptor?: DescriptorForm | Uint8Array;
  /** Bytes ahead of the local header. */
  readonly before?: Uint8Array;
};

export type ArchiveOptions = {
  /** Bytes ahead of everything; offsets count them, unless `skewed`. */
  readonly prefix?: Uint8Array;
  readonly skewed?: boolean;
  readonly beforeDirectory?: Uint8Array;
  readonly afterDirectory?: Uint8Array;
  /** Order of the directory, as indexes of entries. */
  readonly order?: readonly number[];
  readonly end?: Partial<EndFields>;
  /** Present: a zip64 end record and locator are written, with these overrides. */
  readonly zip64?: Partial<Zip64Fields>;
  readonly suffix?: Uint8Array;
};

export const bytesOf = (text: string | Uint8Array): Uint8Array => (typeof text === "string" ? Buffer.from(text) : text);

/** Little-endian fields: pairs of width in bytes (2, 4 or 8) and value. */
export function fields(...pairs: readonly (readonly [width: 2 | 4 | 8, value: number])[]): Uint8Array {
  return Buffer.concat(
    pairs.map(([width, value]) => {
      const field = Buffer.alloc(8);
      field.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
      return field.subarray(0, width);
    }),
  );
}

export const extraField = (id: number, value: Uint8Array): Uint8Array =>
  Buffer.concat([fields([2, id], [2, value.length]), value]);

/** Info-ZIP Unicode path field for the raw name `raw`, naming `claimed`. */
export const unicodePath = (raw: string | Uint8Array, claimed: string): Uint8Array =>
  extraField(0x7075, Buffer.concat([Uint8Array.of(1), fields([4, crc32(bytesOf(raw))]), bytesOf(claimed)]));

/** A zip64 field with these 64-bit values. */
export const zip64Field = (...values: readonly number[]): Uint8Array =>
  extraField(0x0001, fields(...values.map((value) => [8, value] as const)));

type Described = { readonly packed: Uint8Array; readonly base: HeaderFields };

function describe(entry: ArchiveEntry): Described {
  const content = bytesOf(entry.content ?? "");
  const method = entry.method ?? 0;
  const packed = entry.packed ?? (method === 8 ? deflateRawSync(content) : content);
  const name = bytesOf(entry.name);
  const high = typeof entry.name === "string" && name.some((byte) => byte > 0x7f);
  const base: HeaderFields = {
    signature: 0,
    version: 20,
    flags: (high ? 0x800 : 0) | (entry.descriptor === undefined ? 0 : 8),
    method,
    time: 0,
    date: 0x21,
    crc: crc32(content),
    compressed: packed.length,
    size: content.length,
    nameLength: name.length,
    extraLength: entry.both?.extra?.length ?? 0,
    name,
    extra: new Uint8Array(0),
    ...entry.both,
  };
  return { packed, base };
}

/** Lengths follow an overridden name or extra field, unless they are overridden themselves. */
function lengths(over: Partial<HeaderFields>): Partial<HeaderFields> {
  return {
    ...(over.name === undefined ? {} : { nameLength: bytesOf(over.name).length }),
    ...(over.extra === undefined ? {} : { extraLength: over.extra.length }),
    ...over,
  };
}

/** Local header, name, extra field, content and descriptor of one entry. */
export function localRecord(entry: ArchiveEntry): Uint8Array {
  if (entry.local === null) return new Uint8Array(0);
  const { packed, base } = describe(entry);
  const unknown = entry.descriptor === undefined ? {} : { crc: 0, compressed: 0, size: 0 };
  const header = { ...base, signature: 0x04034b50, ...unknown, ...lengths(entry.local ?? {}) };
  return Buffer.concat([
    fields([4, header.signature], [2, header.version], ...shared(header)),
    bytesOf(header.name),
    header.extra,
    packed,
    descriptor(entry.descriptor, base),
  ]);
}

function shared(header: HeaderFields): readonly (readonly [2 | 4, number])[] {
  return [
    [2, header.flags],
    [2, header.method],
    [2, header.time],
    [2, header.date],
    [4, header.crc],
    [4, header.compressed],
    [4, header.size],
    [2, header.nameLength],
    [2, header.extraLength],
  ];
}

function descriptor(
  form: DescriptorForm | Uint8Array | undefined,
  { crc, compressed, size }: HeaderFields,
): Uint8Array {
  if (form === undefined) return new Uint8Array(0);
  if (typeof form !== "string") return form;
  const width = form.endsWith("-64") ? 8 : 4;
  const body = fields([4, crc], [width, compressed], [width, size]);
  return form.startsWith("signed") ? Buffer.concat([fields([4, 0x08074b50]), body]) : body;
}

function centralRecord(entry: ArchiveEntry, offset: number): Uint8Array {
  if (entry.central === null) return new Uint8Array(0);
  const over = entry.central ?? {};
  const header: CentralFields = {
    ...describe(entry).base,
    signature: 0x02014b50,
    madeBy: 20,
    commentLength: over.comment?.length ?? 0,
    disk: 0,
    internal: 0,
    external: 0,
    offset,
    comment: new Uint8Array(0),
    ...lengths(over),
  };
  return Buffer.concat([
    fields([4, header.signature], [2, header.madeBy], [2, header.version], ...shared(header)),
    fields([2, header.commentLength], [2, header.disk], [2, header.internal], [4, header.external], [4, header.offset]),
    bytesOf(header.name),
    header.extra,
    header.comment,
  ]);
}

/** Writes an archive exactly as told. Without overrides it is a plain and correct one. */
export function buildArchive(entries: readonly ArchiveEntry[], options: ArchiveOptions = {}): Uint8Array {
  const prefix = options.prefix ?? new Uint8Array(0);
  const parts: Uint8Array[] = [prefix];
  const offsets: number[] = [];
  let at = options.skewed === true ? 0 : prefix.length;
  for (const entry of entries) {
    const before = entry.before ?? new Uint8Array(0);
    const record = localRecord(entry);
    offsets.push(at + before.length);
    parts.push(before, record);
    at += before.length + record.length;
  }
  const beforeDirectory = options.beforeDirectory ?? new Uint8Array(0);
  const order = options.order ?? entries.map((_, index) => index);
  const listed = order.flatMap((index) => {
    const entry = entries[index];
    return entry === undefined || entry.central === null ? [] : [centralRecord(entry, offsets[index] ?? 0)];
  });
  const directory = Buffer.concat([...listed, options.afterDirectory ?? new Uint8Array(0)]);
  const size = directory.length - (options.afterDirectory?.length ?? 0);
  const tail = { count: listed.length, size, offset: at + beforeDirectory.length };
  parts.push(beforeDirectory, directory, endRecords(tail, at + beforeDirectory.length + directory.length, options));
  return Buffer.concat([...parts, options.suffix ?? new Uint8Array(0)]);
}

type Tail = { readonly count: number; readonly size: number; readonly offset: number };

function endRecords(tail: Tail, at: number, options: ArchiveOptions): Uint8Array {
  const end: EndFields = {
    disk: 0,
    directoryDisk: 0,
    countOnDisk: options.end?.count ?? tail.count,
    ...tail,
    commentLength: options.end?.comment?.length ?? 0,
    comment: new Uint8Array(0),
    ...options.end,
  };
  return Buffer.concat([
    options.zip64 === undefined ? new Uint8Array(0) : zip64Records(tail, at, options.zip64),
    endRecord(end),
  ]);
}

/** The end of central directory record alone. */
export function endRecord(end: EndFields): Uint8Array {
  return Buffer.concat([
    fields([4, 0x06054b50], [2, end.disk], [2, end.directoryDisk], [2, end.countOnDisk], [2, end.count]),
    fields([4, end.size], [4, end.offset], [2, end.commentLength]),
    end.comment,
  ]);
}

function zip64Records(tail: Tail, at: number, over: Partial<Zip64Fields>): Uint8Array {
  const wide: Zip64Fields = {
    recordSize: 44,
    disk: 0,
    directoryDisk: 0,
    countOnDisk: over.count ?? tail.count,
    ...tail,
    locatorDisk: 0,
    locatorOffset: at,
    disks: 1,
    ...over,
  };
  return Buffer.concat([
    fields([4, 0x06064b50], [8, wide.recordSize], [2, 45], [2, 45], [4, wide.disk], [4, wide.directoryDisk]),
    fields([8, wide.countOnDisk], [8, wide.count], [8, wide.size], [8, wide.offset]),
    fields([4, 0x07064b50], [4, wide.locatorDisk], [8, wide.locatorOffset], [4, wide.disks]),
  ]);
}
