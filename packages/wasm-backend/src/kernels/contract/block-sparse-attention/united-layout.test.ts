import { causal, createLayout, perHead, slidingWindow } from '@longspan/attention-sparse';
import { expect, it } from 'vitest';
import { unitedLayout } from './united-layout.ts';

const mask = perHead([causal(), slidingWindow({ left: 3, right: 1 }), slidingWindow({ left: 0, right: 9 })]);
const layout = createLayout(mask, { queryLength: 21, keyLength: 30, blockSize: 4, queryOffset: 5 });

it('a selected block is listed once, in order and whole; those outside the keys are omitted', () => {
  const shared = createLayout(slidingWindow({ left: 3, right: 0 }), { queryLength: 8, blockSize: 4 }); // rows [0], [0, 1], partial
  const values = Int32Array.from([1, 1, -1, 0, 7, -1]);
  const united = unitedLayout(shared, { values, batch: 1, heads: 1, width: 3 });
  expect([...united.indptr]).toEqual([0, 2, 4]);
  expect([...united.indices]).toEqual([0, 1, 0, 1]);
  expect([...united.tileIndices].map((tile) => tile === -1)).toEqual([false, true, true, false]);
});

it('lists of heads and selected lists of batch rows make a list for each pair', () => {
  const united = unitedLayout(layout, { values: new Int32Array(2 * 6).fill(5), batch: 2, heads: 1, width: 1 });
  expect([united.batch, united.heads, united.indptr.length]).toEqual([2, 3, 2 * 3 * 6 + 1]);
  for (let row = 0; row < 36; row++) {
    expect([...united.indices.subarray(united.indptr[row], united.indptr[row + 1])].filter((block) => block === 5)).toEqual([5]);
  }
});
