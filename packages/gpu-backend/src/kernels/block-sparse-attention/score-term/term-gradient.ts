/** Sums over all pairs of a head of their cotangent times a factor: one number for each head. */
export interface HeadSums {
  readonly kind: 'head sums';
  /** An expression of the pair: `apart`, `head`. */
  readonly factor: string;
}

/**
 * Sums over the pairs that read a cell of a table. Each cell is added up by one workgroup, or by one thread, in one order.
 */
export interface CellSums {
  readonly kind: 'cell sums';
  /** Threads that share a cell. */
  readonly lanes: 1 | 64;
  /** Whether the sequence of `batch` and `head` reads `cell` at all, an expression. */
  readonly isRead: string;
  /** The first query that may read it, and how far it is to the next ones, expressions of `cell`. */
  readonly firstQuery: string;
  readonly queryStep: string;
  /** Statements that set `low`, `high` (i32, both included) and `step` (i32): keys of [firstKey, lastKey] that `query` may read it for. */
  readonly keys: string;
  /** Whether it is read for a pair of these, an expression of `apart`; for all of them by default. */
  readonly takes?: string;
  /** What a cotangent is multiplied by, an expression of `cell`, `sequence` and `query`; 1 by default. */
  readonly factor?: string;
}

/** One tile of numbers for each entry of the layout: added up over the sequences that share a list. */
export interface EntrySums {
  readonly kind: 'entry sums';
}

/** Sums over rows of the softmax; no pairs are looked at. */
export interface RowSums {
  readonly kind: 'row sums';
  /** An expression of `stats`, the row's, and `head`. */
  readonly value: string;
}

/** Of r, u and v; the gradient of q gets a part of it, too. */
export interface RelativeSums {
  readonly kind: 'relative positions';
  /** Where the row of r that a pair reads begins in `tables`, an expression of the pair. */
  readonly rowAt: string;
  /** The gradient of r. */
  readonly rows: CellSums;
}

export type TermGradient = HeadSums | CellSums | EntrySums | RowSums | RelativeSums;
