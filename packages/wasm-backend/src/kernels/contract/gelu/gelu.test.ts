import { geluContract } from '@longspan/core-tensor/kernel';
import { exactGelu } from '@longspan/tooling/conformance';
import { expectClose } from '@longspan/tooling/expect';
import { grad, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { onBuilds } from '../../../../test/builds.ts';
import { geluKernel } from './gelu.ts';

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
    const exact = Array.from(xs, (of) => exactGelu(of, 'none'));
    expect(exact[3500]?.value).toBeCloseTo(0.8413447460685429, 14);
    expectClose(scaled(y), scaled(exact.map(({ value }) => value)), { atol: 3e-7, rtol: 0 }, 'value');
    expectClose(scaled(slope), scaled(exact.map((each) => each.slope)), { atol: 3e-7, rtol: 0 }, 'derivative');
  });
});
