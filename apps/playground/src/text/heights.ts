/** How high rows are: as they were measured, or guessed where they were not drawn yet. */
export class Heights {
  readonly #heights: Float64Array;
  /** Where each row begins, and where the last one ends. */
  readonly #tops: Float64Array;
  /** Rows from here on have tops that are no longer right. */
  #from: number;

  constructor(guess: (row: number) => number, rows: number) {
    this.#heights = Float64Array.from({ length: rows }, (_, row) => guess(row));
    this.#tops = new Float64Array(rows + 1);
    this.#from = 0;
  }

  get rows(): number {
    return this.#heights.length;
  }

  #settle(): void {
    for (let row = this.#from; row < this.rows; row++) {
      this.#tops[row + 1] = (this.#tops[row] as number) + (this.#heights[row] as number);
    }
    this.#from = this.rows;
  }

  /** Takes a row's measured height, and says by how much it differs from what was known. */
  take(row: number, height: number): number {
    const change = height - (this.#heights[row] as number);
    if (Math.abs(change) < 0.5) return 0;
    this.#heights[row] = height;
    this.#from = Math.min(this.#from, row);
    return change;
  }

  top(row: number): number {
    this.#settle();
    return this.#tops[Math.min(row, this.rows)] as number;
  }

  get total(): number {
    return this.top(this.rows);
  }

  /** The row that stands at that height. */
  rowAt(height: number): number {
    this.#settle();
    let [low, high] = [0, this.rows - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#tops[middle] as number) <= height) low = middle;
      else high = middle - 1;
    }
    return Math.max(0, low);
  }
}
