import type { BlockLayout } from '@longspan/core-tensor';
import { type BlockLists, blockCount } from '@longspan/core-tensor/layout';
import { kept } from '../../device/kept.ts';

/** Compressed rows on the device: offsets, entries, tiles (all bits set where full) and bitmaps in one buffer of u32. */
export interface Lists {
  readonly buffer: GPUBuffer;
  readonly entriesAt: number;
  readonly tilesAt: number;
  readonly bitmapsAt: number;
  /** Of transposed lists: where each entry stands among the layout's own. */
  readonly forwardAt: number;
}

const known = new WeakMap<GPUDevice, WeakMap<BlockLists, Lists>>();

/** A layout's lists on the device: copied there once. */
export function listsOn(device: GPUDevice, layout: BlockLayout): Lists {
  return remembered(device, layout, () => copied(device, layout, layout.bitmaps, new Int32Array(0)));
}

/** Its transposed lists. */
export function transposedOn(device: GPUDevice, layout: BlockLayout): Lists {
  return remembered(device, layout.transposed, () => copied(device, layout.transposed, layout.bitmaps, forwardEntries(layout)));
}

const remembered = (device: GPUDevice, lists: BlockLists, make: () => Lists): Lists =>
  kept(
    kept(known, device, () => new WeakMap<BlockLists, Lists>()),
    lists,
    make,
  );

/** For each entry of the transposed lists its place among the layout's: both go through the same pairs, in other orders. */
function forwardEntries({ blockSize, queryLength, keyLength, indptr, indices, transposed }: BlockLayout): Int32Array {
  const [queryBlocks, keyBlocks] = [blockCount(queryLength, blockSize), blockCount(keyLength, blockSize)];
  const places = new Int32Array(transposed.indices.length);
  const next = indptr.slice(); // key blocks ascend within a list, and the transposed rows go through them in the same order
  for (let row = 0; row + 1 < transposed.indptr.length; row++) {
    const slice = Math.floor(row / keyBlocks);
    for (let at = transposed.indptr[row] as number; at < (transposed.indptr[row + 1] as number); at++) {
      const list = slice * queryBlocks + (transposed.indices[at] as number);
      const entry = next[list] as number;
      if (indices[entry] !== row % keyBlocks) throw new Error('transposed lists must list the same pairs of blocks as the layout');
      places[at] = entry;
      next[list] = entry + 1;
    }
  }
  return places;
}

/** u32 of all lists of a layout. */
export const listLength = ({ indptr, indices }: BlockLists, bitmaps: Uint32Array): number =>
  indptr.length + 3 * indices.length + bitmaps.length;

function copied(device: GPUDevice, lists: BlockLists, bitmaps: Uint32Array, forward: Int32Array): Lists {
  const { indptr, indices, tileIndices } = lists;
  const entriesAt = indptr.length;
  const tilesAt = entriesAt + indices.length;
  const bitmapsAt = tilesAt + indices.length;
  const forwardAt = bitmapsAt + bitmaps.length;
  const buffer = device.createBuffer({
    label: 'block lists',
    size: 4 * listLength(lists, bitmaps),
    usage: GPUBufferUsage.STORAGE,
    mappedAtCreation: true,
  });
  const numbers = new Int32Array(buffer.getMappedRange());
  numbers.set(indptr);
  numbers.set(indices, entriesAt);
  numbers.set(tileIndices, tilesAt);
  numbers.set(new Int32Array(bitmaps.buffer, bitmaps.byteOffset, bitmaps.length), bitmapsAt);
  numbers.set(forward, forwardAt);
  buffer.unmap();
  return { buffer, entriesAt, tilesAt, bitmapsAt, forwardAt };
}
