import { type Cover, modulo, type Span } from '@longspan/core-tensor/layout';
import { call } from '../../mask/algebra/call.ts';
import { firstAtLeast, positionSet } from '../../mask/algebra/position-set.ts';
import { type Mask, mask, type RandomBlocks } from '../../mask/index.ts';

/** More blocks than this in a rectangle are judged by rule instead of one by one. */
const FEW_BLOCKS = 64;

/** Each query block attends to the key blocks of its list, and to nothing else. Query blocks beyond the lists have none. */
export function listedBlocks(blockSize: number, lists: RandomBlocks): Mask {
  const rows = lists.map((blocks) => positionSet(Array.from(blocks)).sorted);
  const blockOf = (position: number): number => Math.floor(position / blockSize);
  const listed = (query: number, first: number, last: number): number =>
    firstAtLeast(rows[query] ?? [], last + 1) - firstAtLeast(rows[query] ?? [], first);
  const cover = (queries: Span, keys: Span): Cover => {
    const [first, last] = [blockOf(queries.start), blockOf(queries.end - 1)];
    const [firstKey, lastKey] = [blockOf(keys.start), blockOf(keys.end - 1)];
    let [some, all] = [false, true];
    for (let query = first; query <= last; query++) {
      const count = listed(query, firstKey, lastKey);
      some ||= count > 0;
      all &&= count > lastKey - firstKey;
      if (some && (!all || last - first > FEW_BLOCKS)) return 'some';
    }
    return some ? 'all' : 'none';
  };
  return mask({
    name: call('listedBlocks', { blockSize, blocks: rows }),
    allows: (query, key) => listed(blockOf(query), blockOf(key), blockOf(key)) > 0,
    cover,
    pattern(queries, keys) {
      let visible = '';
      for (let query = blockOf(queries.start); query <= blockOf(queries.end - 1); query++)
        for (let key = blockOf(keys.start); key <= blockOf(keys.end - 1); key++) visible += listed(query, key, key) > 0 ? '1' : '0';
      return `${modulo(queries.start, blockSize)},${modulo(keys.start, blockSize)},${visible}`;
    },
  });
}
