/** Half-open range [start, end) of positions, or of anything that is counted; it may begin below 0 and end beyond the sequence. */
export interface Span {
  readonly start: number;
  readonly end: number;
}
