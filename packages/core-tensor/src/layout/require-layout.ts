import { ConfigError, isList, isRecord, requireInteger, show } from '../error/index.ts';
import type { BlockLayout, BlockLists } from './block-layout.ts';

const areLists = (lists: BlockLists): boolean =>
  isRecord(lists) && isList(lists.indptr) && isList(lists.indices) && isList(lists.tileIndices);

/** Throws unless it has the form of a layout; what its lists hold is believed. */
export function requireLayout(caller: string, layout: BlockLayout): void {
  if (isRecord(layout) && areLists(layout) && isList(layout.bitmaps) && areLists(layout.transposed)) {
    const { blockSize, queryLength, keyLength, batch, heads, queryOffset } = layout;
    requireInteger(caller, { 'layout.queryLength': queryLength, 'layout.keyLength': keyLength }, 0);
    requireInteger(caller, { 'layout.blockSize': blockSize, 'layout.batch': batch, 'layout.heads': heads }, 1);
    requireInteger(caller, { 'layout.queryOffset': queryOffset });
    return;
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
