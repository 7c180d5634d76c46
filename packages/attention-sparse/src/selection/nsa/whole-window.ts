import { remember } from '@longspan/core-tensor/memo';
import { type Mask, mask } from '../../mask/index.ts';
import type { Windows } from './windows.ts';

const known = remember<Mask>('nsaAttention windows');

/** A query attends to a window once all of its tokens stand at or before it. Keys are the windows' numbers. */
export const wholeWindowsBefore = (windows: Windows): Mask =>
  known(`${windows.length} ${windows.stride}`, () => {
    const last = (window: number): number => window * windows.stride + windows.length - 1;
    return mask({
      name: `windows of ${windows.length}, one every ${windows.stride}, that end at or before the query`,
      allows: (query, key) => last(key) <= query,
      cover(queries, keys) {
        if (last(keys.end - 1) <= queries.start) return 'all';
        return last(keys.start) > queries.end - 1 ? 'none' : 'some';
      },
    });
  });
