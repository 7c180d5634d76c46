import { leaked, poison } from '@longspan/tooling/expect';
import { type Tensor, tensor, tensor1d, zeros } from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { onBuilds } from '../../../../test/builds.ts';
import { unsortedSegmentSum } from './unsorted-segment-sum.ts';

onBuilds('unsortedSegmentSum', (runtime) => {
  const run = (x: Tensor, segmentIds: Tensor, numSegments: number): Tensor => {
    const out = unsortedSegmentSum(runtime(), { inputs: { x, segmentIds }, attrs: { numSegments } });
    if (out === undefined) throw new Error('the kernel rejected');
    return out;
  };

  // Whole numbers below 2^24, so that float32 sums are exact in any order.
  const anyCase = fc.record({
    ids: fc.array(fc.integer({ min: -2, max: 9 }), { maxLength: 30 }),
    rowShape: fc.constantFrom<number[]>([], [1], [3], [4], [7], [2, 5], [257], [515]),
    segments: fc.integer({ min: 1, max: 8 }),
    dtype: fc.constantFrom<'float32' | 'int32'>('float32', 'int32'),
  });

  it('equals the definition: ids in any order, twice, never, negative or too large', async () => {
    const property = fc.asyncProperty(anyCase, async ({ ids, rowShape, segments, dtype }) => {
      const width = rowShape.reduce((product, extent) => product * extent, 1);
      const values = Array.from({ length: ids.length * width }, (_, at) => ((at * 7919) % 1009) - 500);
      const expected = Array.from({ length: segments * width }, () => 0);
      ids.forEach((id, row) => {
        for (let at = 0; at < width && id >= 0 && id < segments; at++) {
          expected[id * width + at] = (expected[id * width + at] as number) + (values[row * width + at] as number);
        }
      });
      const [x, segmentIds] = [tensor(values, [ids.length, ...rowShape], dtype), tensor1d(ids, 'int32')];
      poison([[segments, ...rowShape]]);
      const out = run(x, segmentIds, segments);
      expect([out.shape, out.dtype]).toEqual([[segments, ...rowShape], dtype]);
      expect([...(await out.data())]).toEqual(expected);
      for (const each of [x, segmentIds, out]) each.dispose();
    });
    await fc.assert(property, { numRuns: 200 });
  });

  it('leaves other dtypes to tfjs, and nothing behind', async () => {
    const ids = tensor1d([0, 1], 'int32');
    expect(
      unsortedSegmentSum(runtime(), { inputs: { x: zeros([2], 'bool'), segmentIds: ids }, attrs: { numSegments: 2 } }),
    ).toBeUndefined();
    const x = zeros([2, 3]);
    expect(await leaked(() => run(x, ids, 4))).toEqual({ tensors: 0, buffers: 0 });
  });
});
