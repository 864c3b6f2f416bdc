/** A minute that is over: only the cells that hold something. */
type ClosedMinute = { readonly minute: number; readonly cells: Uint32Array; readonly counts: Float64Array };

const MINUTE = 60_000;
/** Minutes that are kept: a day. */
export const KEPT_MINUTES = 1440;
const FIRST_CELLS = 4096;

/**
 * Numbered cells that are counted up, by the minute for a day and in all since the start. Counting touches one array of numbers and
 * nothing else; whoever gives out cells bounds how many there are.
 */
export class Tally {
  /** Of the minute that is running. */
  #open = new Float64Array(FIRST_CELLS);
  /** Of all minutes that are over, however old. */
  #over = new Float64Array(FIRST_CELLS);
  #used = 0;
  #minute: number;
  #closed: ClosedMinute[] = [];

  /** `now` in milliseconds of a clock that is never set back. */
  constructor(now: number) {
    this.#minute = Math.floor(now / MINUTE);
  }

  /** The first of so many cells in a row, all at nothing. */
  allocate(cells: number): number {
    const first = this.#used;
    this.#used += cells;
    if (this.#used > this.#open.length) this.#grow();
    return first;
  }

  add(cell: number, amount: number): void {
    this.#open[cell] = (this.#open[cell] ?? 0) + amount;
  }

  /** To be called before counting and before reading: what was counted in an earlier minute stays there. */
  turn(now: number): void {
    const minute = Math.floor(now / MINUTE);
    if (minute > this.#minute) this.#close(minute);
  }

  /** Every cell since the start. */
  totals(): Float64Array {
    const sums = this.#over.slice(0, this.#used);
    for (let cell = 0; cell < this.#used; cell += 1) sums[cell] = (sums[cell] ?? 0) + (this.#open[cell] ?? 0);
    return sums;
  }

  /** Every cell over the last minutes, the running one included. */
  within(minutes: number): Float64Array {
    const sums = this.#open.slice(0, this.#used);
    for (const { cells, counts } of this.#since(minutes)) {
      for (let at = 0; at < cells.length; at += 1) {
        const cell = cells[at] ?? 0;
        sums[cell] = (sums[cell] ?? 0) + (counts[at] ?? 0);
      }
    }
    return sums;
  }

  /** The most that a cell held in any one of the last minutes. */
  peak(cell: number, minutes: number): number {
    const peaks = this.#since(minutes).map(({ cells, counts }) => counts[cells.indexOf(cell)] ?? 0);
    return Math.max(this.#open[cell] ?? 0, ...peaks);
  }

  #since(minutes: number): ClosedMinute[] {
    return this.#closed.filter(({ minute }) => minute > this.#minute - minutes);
  }

  #close(next: number): void {
    const held: number[] = [];
    for (let cell = 0; cell < this.#used; cell += 1) if (this.#open[cell] !== 0) held.push(cell);
    const counts = Float64Array.from(held, (cell) => this.#open[cell] ?? 0);
    for (const [at, cell] of held.entries()) this.#over[cell] = (this.#over[cell] ?? 0) + (counts[at] ?? 0);
    this.#open.fill(0);
    this.#closed.push({ minute: this.#minute, cells: Uint32Array.from(held), counts });
    this.#closed = this.#closed.filter(({ minute }) => minute > next - KEPT_MINUTES);
    this.#minute = next;
  }

  #grow(): void {
    const cells = 2 ** Math.ceil(Math.log2(this.#used));
    const [open, over] = [new Float64Array(cells), new Float64Array(cells)];
    open.set(this.#open);
    over.set(this.#over);
    [this.#open, this.#over] = [open, over];
  }
}
