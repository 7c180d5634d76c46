/** What is measured over batches of any size: the value after all of them is that of the whole, not a mean of the batches' values. */
export interface Metric<Batch, Value = number> {
  /** Adds a batch; its lists may be empty. A batch that is refused changes nothing. */
  add(batch: Batch): void;
  /** The value of all batches so far, which may be asked for at any time; NaN while there is nothing to measure. */
  value(): Value;
}
