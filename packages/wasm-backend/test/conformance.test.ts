import { denseAttention, explain, type SparseAttentionOptions, sparseAttention } from '@longspan/attention-sparse';
import { type AttentionResult, createKey, normal } from '@longspan/core-tensor';
import { expectClose, leaked, poison } from '@longspan/tooling/expect';
import { add, grads, mul, reshape, type Scalar, sum, type Tensor, tensor, where, zerosLike } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CallSizes, hardCalls } from '../../../tooling/conformance/block-sparse-attention/calls.ts';
import { registerAttention } from '../src/kernels/block-sparse-attention/register-attention.ts';
import { builds, type OpenBuild, openBuild } from './builds.ts';

const draw = (name: string, shape: number[]): Tensor => normal(createKey(name), shape);

function inputs({ b, h, hkv, nq, nk, d, dv }: CallSizes): { q: Tensor; k: Tensor; v: Tensor; out: Tensor; lse: Tensor } {
  return {
    q: draw('q', [b, h, nq, d]),
    k: draw('k', [b, hkv, nk, d]),
    v: draw('v', [b, hkv, nk, dv]),
    out: draw('out', [b, h, nq, dv]),
    lse: draw('lse', [b, h, nq]),
  };
}

type Read = (result: AttentionResult) => Tensor;

/** A scalar that reads both results by random weights; rows without keys apart, whose log-sum-exp is no number to multiply. */
async function reader(sample: AttentionResult, { out, lse }: { readonly out: Tensor; readonly lse: Tensor }): Promise<Read> {
  const seeing = tensor(
    Uint8Array.from(await sample.logSumExp.data(), (value) => (value === Number.NEGATIVE_INFINITY ? 0 : 1)),
    lse.shape,
    'bool',
  );
  return (result) => add(sum(mul(result.out, out)), sum(mul(where(seeing, result.logSumExp, zerosLike(lse)), lse)));
}

const asScalar = (x: Tensor): Scalar => reshape(x, []);

/** The gradients of q, k, v and the learned tensors. */
const gradientsOf = (
  attention: typeof sparseAttention,
  read: Read,
  tensors: Tensor[],
  options: (learned: readonly Tensor[]) => SparseAttentionOptions,
): Tensor[] =>
  grads((q: Tensor, k: Tensor, v: Tensor, ...learned: Tensor[]) => asScalar(read(attention(q, k, v, options(learned)))))(tensors);

describe.each(builds)('block-sparse attention in $instructions on $threads threads', (build) => {
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

  describe.each(hardCalls)('$label', ({ label, sizes, options }) => {
    const tolerance = label.includes('1e4') ? { atol: 2e-3, rtol: 2e-3 } : { atol: 2e-5, rtol: 2e-4 };

    it('gives the results of the dense definition', async () => {
      const { q, k, v } = inputs(sizes);
      const made = options();
      expect(explain(q, k, v, made.options).kernel).toBe('wasm-simd');
      poison([
        [sizes.b, sizes.h, sizes.nq, sizes.dv],
        [sizes.b, sizes.h, sizes.nq],
      ]);
      const ours = sparseAttention(q, k, v, made.options);
      const dense = denseAttention(q, k, v, made.options);
      expectClose(await ours.out.data(), await dense.out.data(), tolerance, 'out');
      expectClose(await ours.logSumExp.data(), await dense.logSumExp.data(), tolerance, 'logSumExp');
    });

    it('gives the gradients of the dense definition', async () => {
      const { q, k, v, ...cotangent } = inputs(sizes);
      const made = options();
      const read = await reader(sparseAttention(q, k, v, made.options), cotangent);
      const tensors = [q, k, v, ...made.learned];
      poison(tensors.map(({ shape }) => shape));
      const ours = gradientsOf(sparseAttention, read, tensors, made.rebuild);
      const dense = gradientsOf(denseAttention, read, tensors, made.rebuild);
      for (const [at, gradient] of ours.entries()) {
        expectClose(await gradient.data(), await (dense[at] as Tensor).data(), tolerance, `gradient ${at}`);
      }
      expect(ours.length).toBe(tensors.length);
    });

    it('leaves no tensors behind, forward and backward', async () => {
      const { q, k, v, ...cotangent } = inputs(sizes);
      const made = options();
      expect(await leaked(() => ({ ...sparseAttention(q, k, v, made.options) }))).toEqual({ tensors: 0, buffers: 0 });
      const read = await reader(sparseAttention(q, k, v, made.options), cotangent);
      const tensors = [q, k, v, ...made.learned];
      expect(await leaked(() => gradientsOf(sparseAttention, read, tensors, made.rebuild))).toEqual({ tensors: 0, buffers: 0 });
    });
  });
});
