import { dirname, join } from "node:path";
import { type Disk, diskCode, placeFile } from "../disk.ts";
import { hashesAt, TILE_WIDTH, type TileFile, type TileLevel, tilePath, TOP_LEVEL } from "../tlog/tiles.ts";

/** Files that may wait to be written: some seconds' worth. */
const MOST_WAITING = 2048;

/** Puts tiles and bundles into a log's directory, and makes them survive a power cut. Every method throws the file system's error. */
export class TileWriter {
  readonly #directory: string;
  readonly #disk: Disk;
  /** Full ones that are not on the disk yet. */
  readonly #waiting: TileFile[] = [];
  /** How many were taken, and how many of them are written. */
  #taken = 0;
  #written = 0;
  #isAtWork = false;
  #placing: Promise<void> | null = null;
  #failure: { readonly error: unknown } | null = null;
  /** Paths of the partial ones that were written last. One that stays as it is must not be written again: the one that is there may be synced. */
  #partials: ReadonlySet<string> = new Set();

  constructor(directory: string, disk: Disk) {
    this.#directory = directory;
    this.#disk = disk;
  }

  /** The partial tiles of this size are on the disk. */
  begin(sealed: number): void {
    const partial = placesBetween(sealed, sealed).filter(({ width }) => width < TILE_WIDTH);
    this.#partials = new Set(partial.map(({ level, n, width }) => tilePath(level, n, width)));
  }

  /** Writes full ones at once. */
  write(files: readonly TileFile[]): void {
    for (const { path, bytes } of files) {
      const file = this.#fileOf(path);
      this.#disk.makeDirectory(dirname(file));
      placeFile(this.#disk, file, bytes);
    }
  }

  /** Writes the partial ones of a size at once. */
  writePartialsNow(files: readonly TileFile[]): void {
    this.write(this.#newPartials(files));
    this.#partials = new Set(files.map(({ path }) => path));
  }

  /**
   * Takes full ones, which are written besides other work: to make a file may have to wait for the file system's own journal. Their bytes
   * are gone once they are written.
   */
  push(files: readonly TileFile[]): void {
    this.#waiting.push(...files);
    this.#taken += files.length;
    if (this.#failure === null) void this.#writeWaiting();
  }

  /** Throws when the last one could not be written, or far too many wait; it is then tried again. */
  check(): void {
    const failure = this.#failure;
    if (failure === null && this.#waiting.length <= MOST_WAITING) return;
    void this.#writeWaiting();
    throw failure === null ? new Error(`${this.#waiting.length} tiles wait for the disk`) : failure.error;
  }

  /** Resolves when all that was taken until now is on the disk. */
  async flush(): Promise<void> {
    const goal = this.#taken;
    while (this.#written < goal) {
      await this.#placeNext();
      if (this.#failure !== null) throw this.#failure.error;
    }
  }

  /** The partial ones of a size. */
  async writePartials(files: readonly TileFile[]): Promise<void> {
    for (const file of this.#newPartials(files)) await this.#place(file);
    this.#partials = new Set(files.map(({ path }) => path));
  }

  #newPartials(files: readonly TileFile[]): readonly TileFile[] {
    return files.filter(({ path }) => !this.#partials.has(path));
  }

  async #writeWaiting(): Promise<void> {
    if (this.#isAtWork) return;
    this.#isAtWork = true;
    do await this.#placeNext();
    while (this.#failure === null && this.#waiting.length > 0);
    this.#isAtWork = false;
  }

  /** One at a time, whoever asks. */
  #placeNext(): Promise<void> {
    this.#placing ??= this.#placeFirst().finally(() => (this.#placing = null));
    return this.#placing;
  }

  async #placeFirst(): Promise<void> {
    const [first] = this.#waiting;
    if (first === undefined) return;
    try {
      await this.#place(first);
      this.#waiting.shift();
      this.#written++;
      this.#failure = null;
      giveBack(first.bytes);
    } catch (error) {
      this.#failure = { error };
    }
  }

  async #place({ path, bytes }: TileFile): Promise<void> {
    const file = this.#fileOf(path);
    try {
      await this.#disk.placeLater(file, bytes);
    } catch (error) {
      if (diskCode(error) !== "ENOENT") throw error;
      this.#disk.makeDirectory(dirname(file));
      await this.#disk.placeLater(file, bytes);
    }
  }

  #fileOf(path: string): string {
    return join(this.#directory, path);
  }

  /** Syncs what became full between the two sizes, and the partial ones of size `to`. */
  async seal(from: number, to: number): Promise<void> {
    const places = placesBetween(from, to);
    const directories = new Set<string>();
    for (const { level, n, width } of places) {
      const path = tilePath(level, n, width);
      await this.#disk.syncLater(join(this.#directory, path));
      for (let above = dirname(path); ; above = dirname(above)) {
        directories.add(above);
        if (above === ".") break;
      }
    }
    for (const each of directories) await this.#disk.syncLater(join(this.#directory, each));
  }

  /** Partial tiles and bundles on the way to a tree of size `to` whose full ones are durable. */
  async removePartials(from: number, to: number): Promise<void> {
    const full = placesBetween(from, to).filter(({ width }) => width === TILE_WIDTH);
    const gone = new Set(full.map(({ level, n, width }) => this.#fileOf(`${tilePath(level, n, width)}.p`)));
    // Under load most became full at once, and never were partial.
    for (const directory of new Set([...gone].map((path) => dirname(path))))
      for (const name of await this.#disk.listLater(directory))
        if (gone.has(join(directory, name))) await this.#disk.removeLater(join(directory, name));
  }
}

/**
 * Frees them at once. Bytes that wait for the disk outlive two collections of young garbage, and would then stay until tens of megabytes of
 * their like have gathered. Those that share their memory with others are left alone.
 */
function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

type Place = { readonly level: TileLevel; readonly n: number; readonly width: number };

/** Full ones that became full between the two sizes, and the partial ones of the size `to`. */
function placesBetween(from: number, to: number): Place[] {
  const places: Place[] = [];
  for (let level = 0; level <= TOP_LEVEL && hashesAt(level, to) > 0; level++) {
    const names: TileLevel[] = level === 0 ? ["entries", 0] : [level];
    for (const name of names) places.push(...placesAt(name, hashesAt(level, from), hashesAt(level, to)));
  }
  return places;
}

function placesAt(level: TileLevel, from: number, to: number): Place[] {
  const places: Place[] = [];
  const end = Math.floor(to / TILE_WIDTH);
  for (let n = Math.floor(from / TILE_WIDTH); n < end; n++) places.push({ level, n, width: TILE_WIDTH });
  const width = to % TILE_WIDTH;
  if (width > 0) places.push({ level, n: end, width });
  return places;
}
