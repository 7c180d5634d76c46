import { add, concat, fill, less, pad, scalar, type Tensor, where } from '@tensorflow/tfjs-core';
import type { Segment } from '../../mask/index.ts';
import { blocksOf } from './aligned.ts';
import type { SelectedByRoute } from './select-blocks.ts';

/** The aligned segments of both sides, for which a list of all query blocks is made. */
export interface AlignedSides {
  readonly batch: number;
  readonly heads: number;
  readonly from: readonly Segment[];
  readonly to: readonly Segment[];
  readonly blockSize: number;
}

/** The routes' lists as one for all query blocks, in block numbers of the aligned keys; undefined where no route selects. */
export function joinedLists(routes: readonly SelectedByRoute[], { batch, heads, from, to, blockSize }: AlignedSides): Tensor | undefined {
  if (routes.length === 0) return undefined;
  const firstBlock = (name: string): number => (to.find((one) => one.name === name) as Segment).start / blockSize;
  const rows = from.map((segment) => {
    const lists = routes
      .filter((route) => route.from.name === segment.name)
      .map(({ to: { name }, list }) => {
        const placed = add(list, scalar(firstBlock(name), 'int32'));
        return where(less(list, scalar(0, 'int32')), list, placed);
      });
    const blocks = blocksOf(segment, blockSize);
    return { blocks, width: lists.reduce((sum, list) => sum + (list.shape[3] as number), 0), lists };
  });
  const width = rows.reduce((most, row) => Math.max(most, row.width), 0);
  const parts = rows.map((row) => {
    if (row.lists.length === 0) return fill([batch, heads, row.blocks, width], -1, 'int32');
    return pad(
      concat(row.lists, 3),
      [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, width - row.width],
      ],
      -1,
    );
  });
  return concat(parts, 2);
}
