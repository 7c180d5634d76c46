/** A score term as WGSL. In scope: u, tables, query, key, batch, head, position, keyPosition, apart (key − query, tokens) and x, a Score. */
export interface TermCode {
  /** Says all that the text depends on: part of the program's name. */
  readonly name: string;
  /** What it does to x, a statement. */
  readonly step?: string | undefined;
  /** Whether `step` changes x.slope, the derivative of the score by the scaled product. */
  readonly hasSlope?: boolean;
  /** Declares `position` and `keyPosition` where they are not the places in the sequence. */
  readonly positions?: string | undefined;
  /** Whether `step` reads `entry`, the place of the pair of blocks among the layout's entries. */
  readonly readsEntries?: boolean;
  /** Where a row of `tables` begins that is added to the queries of `head` before their products, an expression. */
  readonly addedToQueries?: string | undefined;
  /** Rows of `tables` whose products with queries are added to those with keys. */
  readonly distanceRows?: DistanceRows | undefined;
  /** The body of a function of (query, key, sequence): what the weight is multiplied by after the softmax. */
  readonly kept?: string | undefined;
  /** One more score in the denominator of every row, an expression of `head`. */
  readonly denominator?: string | undefined;
}

/** Rows that pairs of one distance share. */
export interface DistanceRows {
  /** Where the row of a distance begins in `tables`. @param apart key − query, an expression of i32 */
  readonly rowAt: (apart: string) => string;
  /** Where a row begins that is added to the queries of `head` before these products, an expression. */
  readonly addedAt: string;
}
