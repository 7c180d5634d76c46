import type { BlockLayout } from '@longspan/core-tensor';

/** One byte per pair, [batch, heads, queryLength, keyLength], from the lists of query blocks or from the transposed ones. */
export function layoutToDense(layout: BlockLayout, lists: 'rows' | 'transposed' = 'rows'): Uint8Array {
  const { blockSize, queryLength, keyLength, batch, heads, bitmaps } = layout;
  const { indptr, indices, tileIndices } = lists === 'rows' ? layout : layout.transposed;
  const perPlane = Math.ceil((lists === 'rows' ? queryLength : keyLength) / blockSize);
  const words = Math.ceil(blockSize / 32);
  const dense = new Uint8Array(batch * heads * queryLength * keyLength);
  for (let row = 0; row + 1 < indptr.length; row++) {
    const plane = Math.floor(row / perPlane);
    for (let at = indptr[row] as number; at < (indptr[row + 1] as number); at++) {
      const [own, other, tile] = [row % perPlane, indices[at] as number, tileIndices[at] as number];
      const [queryBlock, keyBlock] = lists === 'rows' ? [own, other] : [other, own];
      for (let i = 0; i < blockSize && queryBlock * blockSize + i < queryLength; i++) {
        for (let j = 0; j < blockSize && keyBlock * blockSize + j < keyLength; j++) {
          const word = bitmaps[(tile * blockSize + i) * words + (j >> 5)] ?? 0;
          const visible = tile === -1 || ((word >>> (j % 32)) & 1) === 1;
          if (visible) dense[(plane * queryLength + queryBlock * blockSize + i) * keyLength + keyBlock * blockSize + j]! += 1;
        }
      }
    }
  }
  return dense;
}
