import { ConfigError, isRecord, isStamped, requireInteger, show, typeName } from '../error/index.ts';
import { type BlockLayout, type BlockLists, blockCount } from './block-layout.ts';
import { transposed } from './block-lists.ts';
import { requireSlices } from './layout-limits.ts';

const areLists = (lists: BlockLists): boolean =>
  isRecord(lists) && [lists.indptr, lists.indices, lists.tileIndices].every((list) => typeName(list) === 'Int32Array');

/**
 * Throws unless it is a layout: one of `createLayout`, or one whose lists fit its sizes and each other. Kernels read where they say.
 * @cost O(1) for what `createLayout` made; else O(lists + entries), for one that came from a worker, say
 */
export function requireLayout(caller: string, layout: BlockLayout): void {
  if (isStamped(layout) && isRecord(layout.transposed)) return;
  if (isRecord(layout) && areLists(layout) && typeName(layout.bitmaps) === 'Uint32Array' && areLists(layout.transposed)) {
    const { blockSize, queryLength, keyLength, batch, heads, queryOffset } = layout;
    requireInteger(caller, { 'layout.queryLength': queryLength, 'layout.keyLength': keyLength }, 0);
    requireInteger(caller, { 'layout.blockSize': blockSize, 'layout.batch': batch, 'layout.heads': heads }, 1);
    requireInteger(caller, { 'layout.queryOffset': queryOffset });
    requireSlices(caller, layout, layout);
    if (isConsistent(layout)) return;
    throw inconsistent(caller);
  }
  throw new ConfigError({
    caller,
    problem: 'layout must be a block layout.',
    expected: 'what createLayout(mask, { queryLength, keyLength, … }) gives',
    got: show(layout),
    remedy:
      typeof (layout as { readonly allows?: unknown } | null | undefined)?.allows === 'function'
        ? 'give the mask as mask, or make its layout.'
        : 'make it with createLayout.',
  });
}

/** Whether lists of rows are compressed sparse rows whose indices lie below `end`, ascending in each row, with tiles that there are. */
function areRows({ indptr, indices, tileIndices }: BlockLists, rows: number, end: number, tiles: number): boolean {
  if (indptr.length !== rows + 1 || indptr[0] !== 0 || indptr[rows] !== indices.length || tileIndices.length !== indices.length)
    return false;
  for (let row = 0; row < rows; row++) {
    const [from, to] = [indptr[row] as number, indptr[row + 1] as number];
    if (from > to) return false;
    for (let entry = from; entry < to; entry++) {
      const least = entry === from ? 0 : (indices[entry - 1] as number) + 1;
      const [index, tile] = [indices[entry] as number, tileIndices[entry] as number];
      if (index < least || index >= end || tile < -1 || tile >= tiles) return false;
    }
  }
  return true;
}

function isConsistent(layout: BlockLayout): boolean {
  const { blockSize, queryLength, keyLength, batch, heads, bitmaps } = layout;
  const tiles = bitmaps.length / (blockSize * Math.ceil(blockSize / 32));
  const [queryBlocks, keyBlocks, slices] = [blockCount(queryLength, blockSize), blockCount(keyLength, blockSize), batch * heads];
  if (!Number.isInteger(tiles) || !areRows(layout, slices * queryBlocks, keyBlocks, tiles)) return false;
  const { lists } = transposed(layout, slices, layout);
  return (['indptr', 'indices', 'tileIndices'] as const).every((name) => areEqual(lists[name], layout.transposed[name]));
}

const areEqual = (one: Int32Array, other: Int32Array): boolean =>
  one.length === other.length && one.every((value, at) => value === other[at]);

const inconsistent = (caller: string): ConfigError =>
  new ConfigError({
    caller,
    problem: 'the lists of a layout must fit its sizes and each other.',
    expected: 'what createLayout(mask, { queryLength, keyLength, … }) gives, as it is',
    got: 'lists that were changed, or that belong to another layout',
    remedy: 'make it with createLayout, for these sizes.',
  });
