import type { GeluApproximation } from '@longspan/core-tensor';
import { geluContract } from '@longspan/core-tensor/kernel';
import { expectClose } from '@longspan/tooling/expect';
import { grad, linspace, mul, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { againstReference, draw } from '../../../../test/against-reference.ts';
import { onBuilds } from '../../../../test/builds.ts';
import { geluKernel } from './gelu.ts';

const call = (x: () => Tensor, approximation: GeluApproximation) => () => ({ inputs: [x()] as const, attributes: { approximation } });

againstReference(
  geluContract,
  geluKernel,
  (['none', 'tanh'] as const).flatMap((approximation) => [
    { label: `${approximation}: one number`, make: call(() => tensor1d([-0.7]), approximation) },
    { label: `${approximation}: [3, 5, 7]`, make: call(() => mul(draw('x', [3, 5, 7]), 3), approximation) },
    { label: `${approximation}: more than one item, and a rest`, make: call(() => draw('x', [3, 4099]), approximation) },
    { label: `${approximation}: from −12 to 12`, make: call(() => linspace(-12, 12, 4801), approximation), looser: 3 },
    { label: `${approximation}: large`, make: call(() => tensor1d([-1e6, -1e3, -60, -20, 20, 60, 1e3, 1e6, 0]), approximation) },
    { label: `${approximation}: NaN`, make: call(() => tensor1d([1, Number.NaN, -1]), approximation) },
    { label: `${approximation}: nothing`, make: call(() => draw('x', [0, 3]), approximation) },
  ]),
);

/** The probability that a standard normal variable is below x, in float64: Marsaglia 2004, "Evaluating the normal distribution". */
function normalBelow(x: number): number {
  let [sum, term] = [x, x];
  for (let n = 3; Math.abs(term) > 1e-18 * Math.abs(sum) && n < 600; n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + sum * Math.exp(-0.5 * x * x) * 0.3989422804014327;
}

onBuilds('gelu', (runtime) => {
  it('is within 3e-7 of the exact function and its derivative, relative to x where that is above 1', async () => {
    const remove = geluKernel.add(runtime);
    const xs = Float32Array.from({ length: 6001 }, (_, at) => (at - 3000) / 500);
    const x = tensor1d(xs);
    const [ours] = geluContract.kernels('wasm');
    const run = (of: Tensor): Tensor => (ours as NonNullable<typeof ours>).run([of], { approximation: 'none' })[0];
    const y = await run(x).data();
    const slope = await grad(run)(x).data();
    remove();
    const scale = (at: number): number => Math.max(1, Math.abs(xs[at] as number));
    const scaled = (values: ArrayLike<number>) => Array.from(values, (value, at) => value / scale(at));
    const density = (of: number): number => Math.exp(-0.5 * of * of) * 0.3989422804014327;
    const exact = Array.from(xs, (of) => of * normalBelow(of));
    const exactSlope = Array.from(xs, (of) => normalBelow(of) + of * density(of));
    expect(exact[3500]).toBeCloseTo(0.8413447460685429, 14);
    expectClose(scaled(y), scaled(exact), { atol: 3e-7, rtol: 0 }, 'value');
    expectClose(scaled(slope), scaled(exactSlope), { atol: 3e-7, rtol: 0 }, 'derivative');
  });
});
