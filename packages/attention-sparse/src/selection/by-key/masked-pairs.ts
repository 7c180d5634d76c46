import { maskedScore } from '@longspan/core-tensor/kernel';
import { everySelection } from '@longspan/core-tensor/layout';
import { type Tensor, tensor4d } from '@tensorflow/tfjs-core';
import type { Mask } from '../../mask/index.ts';

/** Keys whose cover is asked for together. */
const keysAtOnce = 64;

/**
 * What is added to the scores of queries from … to, so that masked pairs are not selected.
 * @shape returns [mask.batch, mask.heads, to − from, keyLength]
 * @cost one number per pair, and a question to the mask for each pair of a span of keys that is partly masked
 */
export function maskedPairs(
  mask: Mask,
  {
    from,
    to,
    keyLength,
    queryOffset,
  }: { readonly from: number; readonly to: number; readonly keyLength: number; readonly queryOffset: number },
): Tensor {
  const rows = to - from;
  const selections = everySelection(mask);
  const table = new Float32Array(selections.length * rows * keyLength);
  selections.forEach((one, plane) => {
    const queries = { start: from + queryOffset, end: to + queryOffset };
    for (let start = 0; start < keyLength; start += keysAtOnce) {
      const end = Math.min(start + keysAtOnce, keyLength);
      const cover = one.cover(queries, { start, end });
      if (cover === 'all') continue;
      for (let row = 0; row < rows; row++) {
        const at = (plane * rows + row) * keyLength;
        if (cover === 'none') table.fill(maskedScore, at + start, at + end);
        else for (let key = start; key < end; key++) if (!one.allows(queries.start + row, key)) table[at + key] = maskedScore;
      }
    }
  });
  return tensor4d(table, [mask.batch, mask.heads, rows, keyLength]);
}
