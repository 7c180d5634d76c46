import { leaked, onBackends } from '@longspan/tooling/expect';
import { add, memory, mul, sum, type Tensor, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkBudget, chunksOf, inChunks, itemsPerChunk, partOf, sumInChunks } from './in-chunks.ts';

describe('chunksOf', () => {
  it('covers all items once, in order, none of the chunks too long, and gives one empty chunk of no items', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.integer({ min: 1, max: 50 }), (items, perChunk) => {
        const chunks = chunksOf(items, perChunk);
        expect(chunks.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, at) => start + at))).toEqual(
          Array.from({ length: items }, (_, at) => at),
        );
        expect(chunks.every(({ start, end }) => end - start <= perChunk && (end > start || items === 0))).toBe(true);
      }),
    );
    expect(chunksOf(0, 3)).toEqual([{ start: 0, end: 0 }]);
  });
});

it('itemsPerChunk fills the budget of 16 MB, or takes one item that is larger', () => {
  expect([itemsPerChunk(1000), itemsPerChunk(chunkBudget + 1), itemsPerChunk(0, 5), itemsPerChunk(2, 5)]).toEqual([4194, 1, 5, 2]);
});

onBackends('chunks of tensors', () => {
  const table = () =>
    tensor2d([
      [1, 2, 3],
      [4, 5, 6],
    ]);

  it('partOf takes items of an axis, and x itself where those are all', async () => {
    const x = table();
    expect(await partOf(x, { start: 1, end: 3 }, 1).array()).toEqual([
      [2, 3],
      [5, 6],
    ]);
    expect(partOf(x, { start: 0, end: 2 })).toBe(x);
  });

  it.each([1, 2, 3])('inChunks joins what chunks of %i make, and keeps nothing else of them', async (perChunk) => {
    const x = table();
    const alive: number[] = [];
    const run = (): readonly Tensor[] =>
      inChunks(chunksOf(3, perChunk), 1, (chunk) => {
        alive.push(memory().numTensors);
        const part = partOf(x, chunk, 1);
        return [add(mul(part, 2), 1), mul(part, part)];
      });
    const [odd, squared] = run();
    expect([await odd?.array(), await squared?.array()]).toEqual([
      [
        [3, 5, 7],
        [9, 11, 13],
      ],
      [
        [1, 4, 9],
        [16, 25, 36],
      ],
    ]);
    expect(alive.map((count, nth) => count - (alive[0] as number) - 2 * nth)).toEqual(alive.map(() => 0));
    expect(await leaked(() => [...run()])).toEqual({ tensors: 0, buffers: 0 });
  });

  it.each([1, 2, 3])('sumInChunks joins the first result of chunks of %i and adds up the others', async (perChunk) => {
    const x = tensor1d([1, 2, 4]);
    const alive: number[] = [];
    const run = (): readonly [Tensor, ...Tensor[]] =>
      sumInChunks(chunksOf(3, perChunk), 0, (chunk) => {
        alive.push(memory().numTensors);
        const part = partOf(x, chunk);
        return [mul(part, 10), sum(part), sum(mul(part, part))];
      });
    const [parts, total, squares] = run() as readonly [Tensor, Tensor, Tensor];
    expect([[...(await parts.data())], await total.array(), await squares.array()]).toEqual([[10, 20, 40], 7, 21]);
    // Of each chunk before its part, and one table of each sum.
    expect(alive.map((count) => count - (alive[0] as number))).toEqual(alive.map((_, nth) => (nth === 0 ? 0 : nth + 2)));
    expect(await leaked(() => [...run()])).toEqual({ tensors: 0, buffers: 0 });
  });
});
