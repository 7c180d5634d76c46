import { expectClose, onBackends } from '@longspan/tooling/expect';
import { memory, tensor1d, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { scatterSum } from './scatter-sum.ts';

onBackends('scatterSum', () => {
  it('adds rows of the host and of the device, repeated ones too, and leaves the table alone behind', async () => {
    const before = memory().numTensors;
    const table = tidy(() => {
      const sum = scatterSum(4, 2);
      sum.add(
        Int32Array.from([1, 3, 1]),
        tensor2d([
          [1, 2],
          [3, 4],
          [5, 6],
        ]),
      );
      sum.add(
        tensor1d([3, 3], 'int32'),
        tensor2d([
          [10, 20],
          [30, 40],
        ]),
      );
      return sum.finish();
    });
    expectClose(await table.data(), [0, 0, 6, 8, 0, 0, 43, 64], { atol: 0, rtol: 0 });
    table.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('gives zeros for a table that nothing was added to', async () => {
    const table = tidy(() => scatterSum(2, 3).finish());
    expectClose(await table.data(), [0, 0, 0, 0, 0, 0], { atol: 0, rtol: 0 });
  });

  it('folds what waits without losing any of it', async () => {
    const rows = 70; // each part weighs 1 MB: the 32 MB that may wait are folded twice
    const width = 2 ** 18;
    const table = tidy(() => {
      const sum = scatterSum(2, width);
      for (let part = 0; part < rows; part++)
        sum.add(Int32Array.from([part % 2]), tensor2d(new Float32Array(width).fill(part), [1, width]));
      return sum.finish();
    });
    const values = await table.data();
    expect([values[0], values[width - 1], values[width], values[2 * width - 1]]).toEqual([1190, 1190, 1225, 1225]);
  });
});
