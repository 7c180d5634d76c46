import { adamWStepContract } from '@longspan/core-tensor/kernel';
import { expectClose, leaked, poison } from '@longspan/tooling/expect';
import { mul, square, type Tensor } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { draw } from '../../../../test/against-reference.ts';
import { onBuilds } from '../../../../test/builds.ts';
import { adamWStepKernel } from './adamw-step.ts';

onBuilds('adamWStep', (runtime) => {
  const inputs = (shape: readonly number[], scale: number) =>
    [
      draw('parameter', shape),
      mul(draw('gradient', shape), scale),
      mul(draw('first', shape), scale),
      square(mul(draw('second', shape), scale)),
    ] as const;

  it.each([
    { label: 'a scalar', shape: [], scale: 1, step: 1, weightDecay: 0 },
    { label: '7 numbers, decayed', shape: [7], scale: 1, step: 3, weightDecay: 0.3 },
    { label: '[3, 5, 11], tiny gradients', shape: [3, 5, 11], scale: 1e-12, step: 10_000, weightDecay: 0.01 },
    { label: 'more than one item, large gradients', shape: [3, 5003], scale: 1e12, step: 2, weightDecay: 0 },
    { label: 'nothing', shape: [0, 4], scale: 1, step: 1, weightDecay: 0 },
  ])('equals the reference and leaves nothing behind: $label', async ({ shape, scale, step, weightDecay }) => {
    const remove = adamWStepKernel.add(runtime);
    const [ours, reference] = adamWStepContract.kernels('wasm');
    remove();
    if (!(ours && reference)) throw new Error('this would compare nothing');
    const attributes = { learningRate: 0.02, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay, step };
    const given = inputs(shape, scale);
    const before = await Promise.all(given.map((each) => each.data()));
    const expected = reference.run(given, attributes);
    poison([shape, shape, shape]);
    const actual = ours.run(given, attributes);
    for (const [at, each] of actual.entries()) {
      expect(each.shape).toEqual(shape);
      const { atol = 0, rtol = 0 } = ours.tolerance ?? {};
      // Moments are as large as the gradients: their allowance is relative to them.
      const allowed = { atol: at === 0 ? atol : atol * scale ** at, rtol };
      expectClose(await each.data(), await (expected[at] as Tensor).data(), allowed, `output ${at}`);
    }
    expect(await Promise.all(given.map((each) => each.data()))).toEqual(before); // nothing is changed in place
    expect(await leaked(() => [...ours.run(given, attributes)])).toEqual({ tensors: 0, buffers: 0 });
  });
});
