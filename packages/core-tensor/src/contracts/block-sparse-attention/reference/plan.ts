import type { BlockLayout } from '../../../layout/block-layout.ts';
import { blockCount } from '../../../layout/block-layout.ts';
import type { AttentionSizes } from '../attention-blocks.ts';

/** Query blocks that are computed together: their lists are padded to one width, so they must be of like length. */
export interface PlannedChunk {
  /** Flat query blocks, `(batch · heads + head) · queryBlocks + queryBlock`. */
  readonly rows: Int32Array;
  /** Entries of the static lists that every row is padded to. */
  readonly width: number;
  /** Int32 [rows · width]: index into the layout's entries, −1 where a list is shorter. */
  readonly listed: Int32Array;
}

export interface Plan {
  readonly chunks: readonly PlannedChunk[];
  /** Where each flat query block's result stands once the chunks' results are joined. */
  readonly places: Int32Array;
}

/** The longest list of a chunk may be a third longer than its shortest: padding then wastes at most a quarter. */
const likeness = 4 / 3;

/**
 * Cuts the query blocks into chunks of like list lengths that each keep at most `tilesPerChunk` tiles alive.
 * @cost O(b · h · queryBlocks + entries), on the host
 */
export function plan(layout: BlockLayout, { batch, heads }: AttentionSizes, tilesPerChunk: number, selectedWidth: number): Plan {
  const queryBlocks = blockCount(layout.queryLength, layout.blockSize);
  const total = batch * heads * queryBlocks;
  const list = (row: number): number => {
    const block = row % queryBlocks;
    const head = Math.floor(row / queryBlocks) % heads;
    const batchRow = Math.floor(row / (queryBlocks * heads));
    return ((batchRow % layout.batch) * layout.heads + (head % layout.heads)) * queryBlocks + block;
  };
  const length = (row: number): number => (layout.indptr[list(row) + 1] as number) - (layout.indptr[list(row)] as number);
  // Lengths are bucketed by powers of `likeness`, so that rows of like lengths keep their order and share key blocks.
  const bucket = (row: number): number => (length(row) === 0 ? -1 : Math.floor(Math.log(length(row)) / Math.log(likeness)));
  const buckets = Int32Array.from({ length: total }, (_, row) => bucket(row));
  const order = Int32Array.from({ length: total }, (_, row) => row).sort(
    (a, b) => (buckets[b] as number) - (buckets[a] as number) || a - b,
  );

  const chunks: PlannedChunk[] = [];
  const places = new Int32Array(total);
  for (let start = 0; start < total; ) {
    let width = 0;
    let end = start;
    for (; end < total && buckets[order[end] as number] === buckets[order[start] as number]; end++) {
      const wider = Math.max(width, length(order[end] as number));
      if (end > start && (end - start + 1) * (wider + selectedWidth) > tilesPerChunk) break;
      width = wider;
    }
    const rows = order.slice(start, end);
    const listed = new Int32Array(rows.length * width).fill(-1);
    rows.forEach((row, at) => {
      places[row] = start + at;
      const first = layout.indptr[list(row)] as number;
      for (let i = 0; i < length(row); i++) listed[at * width + i] = first + i;
    });
    chunks.push({ rows, width, listed });
    start = end;
  }
  return { chunks, places };
}
