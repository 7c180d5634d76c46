import { denseAttention, explain, sparseAttention } from '@longspan/attention-sparse';
import { createKey, normal } from '@longspan/core-tensor';
import { expectClose } from '@longspan/tooling/expect';
import { add, grads, mul, reshape, type Scalar, sum, type Tensor, tensor, tidy, where, zerosLike } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyVaried } from '../../attention-sparse/test/any-mask.ts';
import { registerAttention } from '../src/kernels/block-sparse-attention/register-attention.ts';
import { builds, type OpenBuild, openBuild } from './builds.ts';

const draw = (name: string, shape: readonly number[]): Tensor => normal(createKey(name), shape);

const sizes = fc.record({
  keyHeads: fc.constantFrom(1, 3),
  queryLength: fc.integer({ min: 1, max: 150 }),
  keyLength: fc.integer({ min: 1, max: 150 }),
  headDim: fc.integer({ min: 1, max: 20 }),
  valueDim: fc.integer({ min: 1, max: 20 }),
  blockSize: fc.constantFrom(1, 3, 8, 16, 33, 64, 72, 128),
});

describe.each(builds)('200 random masks and shapes in $instructions on $threads threads', (build) => {
  let open: OpenBuild;
  let remove: () => void;
  beforeAll(async () => {
    open = await openBuild(build);
    remove = registerAttention(open.runtimeOf);
  });
  afterAll(() => {
    remove();
    open.close();
  });

  it('give the results and the gradients of the dense definition', async () => {
    await fc.assert(
      fc.asyncProperty(anyVaried, sizes, async (mask, { keyHeads, queryLength, keyLength, headDim, valueDim, blockSize }) => {
        const [b, h] = [2, 3];
        const q = draw('q', [b, h, queryLength, headDim]);
        const k = draw('k', [b, keyHeads, keyLength, headDim]);
        const v = draw('v', [b, keyHeads, keyLength, valueDim]);
        const [ofOut, ofLse] = [draw('out', [b, h, queryLength, valueDim]), draw('lse', [b, h, queryLength])];
        const options = { mask, blockSize };
        expect(explain(q, k, v, options).kernel).toBe('wasm-simd');
        const ours = sparseAttention(q, k, v, options);
        const dense = denseAttention(q, k, v, options);
        const lse = await ours.logSumExp.data();
        expectClose(await ours.out.data(), await dense.out.data(), { atol: 2e-5, rtol: 0 }, 'out');
        expectClose(lse, await dense.logSumExp.data(), { atol: 2e-5, rtol: 1e-5 }, 'logSumExp');
        const seeing = tensor(
          Uint8Array.from(lse, (one) => (one === Number.NEGATIVE_INFINITY ? 0 : 1)),
          [b, h, queryLength],
          'bool',
        );
        const gradients = (attend: typeof sparseAttention): Tensor[] =>
          grads((q: Tensor, k: Tensor, v: Tensor): Scalar => {
            const { out, logSumExp } = attend(q, k, v, options);
            return reshape(add(sum(mul(out, ofOut)), sum(mul(where(seeing, logSumExp, zerosLike(logSumExp)), ofLse))), []);
          })([q, k, v]);
        const [own, expected] = [tidy(() => gradients(sparseAttention)), tidy(() => gradients(denseAttention))];
        for (const [at, gradient] of own.entries())
          expectClose(await gradient.data(), await (expected[at] as Tensor).data(), { atol: 2e-4, rtol: 0 }, `gradient ${at}`);
        expect(own.length).toBe(3);
      }),
      { numRuns: 200, seed: 20 },
    );
  }, 300_000);
});
