import { causal, explain, type SparseAttentionOptions, sparseAttention } from '@longspan/attention-sparse';
import { alibi, createKey, normal } from '@longspan/core-tensor';
import '@longspan/tooling/expect';
import { grads, mul, sum, type Tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { registered } from './registered.ts';

let leave = (): void => {};
afterEach(() => leave());

const hasFloat16 = (await navigator.gpu.requestAdapter())?.features.has('shader-f16') === true;
const drawn = (name: string): Tensor => normal(createKey(name), [1, 2, 90, 24]);

/** Out, and the gradients of q, k and v, under a causal mask with ALiBi. */
async function results(): Promise<Float32Array[]> {
  const [q, k, v, dy] = ['q', 'k', 'v', 'dy'].map(drawn) as [Tensor, Tensor, Tensor, Tensor];
  const options: SparseAttentionOptions = { mask: causal(), score: [alibi(tensor1d([0.5, 0.1]))] };
  const made = tidy(() => {
    const run = (...[a, b, c]: Tensor[]): Tensor => sparseAttention(a as Tensor, b as Tensor, c as Tensor, options).out;
    return [run(q, k, v), ...grads((...all: Tensor[]) => sum(mul(run(...all), dy)))([q, k, v])];
  });
  return Promise.all(made.map((each) => each.data() as Promise<Float32Array>));
}

const largest = (values: Float32Array): number => values.reduce((most, each) => Math.max(most, Math.abs(each)), 0);

describe('precision', () => {
  it('is float32 by default; another than the first call named is refused, and so is what is none', async () => {
    const made = await registered();
    leave = made.unregister;
    expect(made.precision).toBe('float32');
    await expect(registered({ precision: 'float16' })).rejects.toThrow('register: precision must be given with the first call.');
    await expect(registered({ precision: 'half' as never })).rejects.toThrow("register: precision must be 'float32' or 'float16'.");
  });

  it.skipIf(hasFloat16)('float16 is refused where the adapter has no shader-f16, and nothing is changed', async () => {
    await expect(registered({ precision: 'float16' })).rejects.toThrow("register: precision 'float16' needs a device with shader-f16.");
    const made = await registered();
    leave = made.unregister;
    expect(made.precision).toBe('float32');
  });

  it.runIf(hasFloat16)(
    'float16: results and gradients within 1e-3 of the largest, other bits than float32, and said by explain()',
    async () => {
      const exact = await registered();
      leave = exact.unregister;
      const expected = await results();
      exact.unregister();
      const made = await registered({ precision: 'float16' });
      leave = made.unregister;
      const x = drawn('q');
      expect([made.precision, explain(x, x, x).reason]).toEqual(['float16', expect.stringContaining('operands in float16')]);
      const got = await results();
      got.forEach((values, at) => {
        const numbers = expected[at] as Float32Array;
        const errors = values.map((value, cell) => value - (numbers[cell] as number));
        expect(largest(errors)).toBeLessThan(1e-3 * largest(numbers));
        expect(largest(errors)).toBeGreaterThan(1e-6 * largest(numbers));
      });
    },
  );

  it.runIf(hasFloat16)('float16: what it cannot hold is held to its ends, and spoils nothing', async () => {
    const made = await registered({ precision: 'float16' });
    leave = made.unregister;
    const v = mul(drawn('v'), 1e30);
    const { out } = sparseAttention(drawn('q'), drawn('k'), v, { mask: causal() });
    for (const each of await out.data()) expect(Math.abs(each)).toBeLessThan(65504 * (1 + 1e-6));
  });
});
