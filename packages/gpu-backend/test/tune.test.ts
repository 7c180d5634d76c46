import { causal, explain, type SparseAttentionOptions, sparseAttention } from '@longspan/attention-sparse';
import { alibi, createKey, normal } from '@longspan/core-tensor';
import { expectClose, leaked } from '@longspan/tooling/expect';
import { grads, mul, sum, type Tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Registration } from '../src/index.ts';
import { tileChoices } from '../src/kernels/block-sparse-attention/tile.ts';
import { withChoice } from '../src/kernels/block-sparse-attention/tuned.ts';
import { registered } from './registered.ts';
import { webgpu } from './tfjs-parts.ts';

let gpu: Registration;
beforeAll(async () => {
  gpu = await registered();
});
afterAll(() => gpu.unregister());

const options: SparseAttentionOptions = { mask: causal(), blockSize: 64 };
const drawn = (name: string): Tensor => normal(createKey(name), [1, 2, 100, 20]);
const inputs = (): Tensor[] => ['q', 'k', 'v'].map(drawn);

/** Out, and the gradients, each choice by itself. */
async function results(at: number): Promise<Float32Array[]> {
  const given = inputs();
  let made: Tensor[] = [];
  withChoice(webgpu().device, tileChoices[at] as (typeof tileChoices)[number], () => {
    made = tidy(() => {
      const score = [alibi(tensor1d([0.5, 0.1]))];
      const run = (...[q, k, v]: Tensor[]): Tensor => sparseAttention(q as Tensor, k as Tensor, v as Tensor, { ...options, score }).out;
      const gradients = grads((...all: Tensor[]) => {
        const out = run(...all);
        return sum(mul(out, out));
      });
      return [run(...given), ...gradients(given)];
    });
  });
  return Promise.all(made.map((each) => each.data() as Promise<Float32Array>));
}

describe('tune', () => {
  it('each way to cut the work gives the same numbers', async () => {
    const expected = await results(0);
    for (const at of [1, 2]) {
      (await results(at)).forEach((values, which) => {
        expectClose(values, expected[which] as Float32Array, { atol: 2e-6, rtol: 2e-5 });
      });
    }
  });

  it('takes the fastest from then on for calls of that shape, says so, remembers it for the adapter, and leaves nothing behind', async () => {
    const [q, k, v] = inputs() as [Tensor, Tensor, Tensor];
    const run = (): Tensor => sparseAttention(q, k, v, options).out;
    expect(explain(q, k, v, options).reason).not.toContain('tune()');
    const { tried, by } = await gpu.tune(run);
    expect(by).toBe(gpu.features.includes('timestamp-query') ? 'timestamps' : 'clock');
    expect(tried.map(({ tiles }) => tiles).sort()).toEqual(tileChoices.map(({ name }) => name).sort());
    const times = tried.map(({ milliseconds }) => milliseconds);
    expect(times).toEqual([...times].sort((one, other) => one - other));
    expect(times[0]).toBeGreaterThan(0);
    const said = `the fastest that tune() found: ${(times[0] as number).toPrecision(3)} ms`;
    expect(explain(q, k, v, options).reason).toContain(said);
    expect(explain(q, k, v, { mask: causal(), blockSize: 16 }).reason).not.toContain('tune()');
    gpu.unregister();
    gpu = await registered();
    expect(explain(q, k, v, options).reason).toContain(said);
    expect(await leaked(async () => void (await gpu.tune(run)))).toEqual({ tensors: 0, buffers: 0 });
  });

  it('refuses a program that calls no attention, and what is no function', async () => {
    await expect(gpu.tune(() => mul(2, 3))).rejects.toThrow('tune: run must call attention.');
    await expect(gpu.tune(3 as never)).rejects.toThrow('tune: run must be a function.');
  });
});
