import { alibi, attentionDropout, createKey, normal, relativePositions, type ScoreTerm, softCap } from '@longspan/core-tensor';
import { withBackend } from '@longspan/tooling/expect';
import { grads, memory, mul, profile, reshape, sum, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { causal, nothing, type SparseAttentionOptions, slidingWindow, sparseAttention } from '../src/index.ts';

const limit = 256 * 2 ** 20;

// The scores of all visited blocks at once would weigh 45 MB, and ten temporaries of that size more than the limit.
const [n, h, d] = [4096, 4, 8];
const bytes = n * h * d * 4;
const draw = (name: string, shape: readonly number[] = [1, h, n, d]): Tensor => normal(createKey(name), shape);

beforeAll(() => withBackend('wasm'));

describe('the reference kernel', () => {
  /** The same blocks, known to the host (computed one by one on wasm), and chosen at run time (computed in chunks). */
  const listed = (): SparseAttentionOptions => ({ mask: slidingWindow({ left: 512, right: 0 }).and(causal()) });
  const chosen = (): SparseAttentionOptions => {
    const lists = Int32Array.from({ length: 64 * 9 }, (_, at) => Math.max(-1, Math.floor(at / 9) - (at % 9)));
    return { mask: nothing(), selected: tensor(lists, [1, 1, 64, 9], 'int32') };
  };

  it.each([
    ['listed', listed],
    ['chosen', chosen],
  ])('keeps less than 256 MB of temporaries alive beside inputs and results, forward and backward, blocks %s', async (_, options) => {
    const before = memory().numBytes;
    const [q, k, v, cotangent] = [draw('q'), draw('k'), draw('v'), draw('c')] as [Tensor, Tensor, Tensor, Tensor];
    const run = options();
    const attend = (q: Tensor, k: Tensor, v: Tensor): Tensor => sparseAttention(q, k, v, run).out;
    const forward = await profile(() => [attend(q, k, v)]);
    expect(forward.peakBytes - before - 5 * bytes).toBeLessThan(limit);
    const both = await profile(() =>
      grads((q: Tensor, k: Tensor, v: Tensor) => reshape(sum(mul(attend(q, k, v), cotangent)), []))([q, k, v]),
    );
    expect(both.peakBytes - before - 15 * bytes).toBeLessThan(limit); // inputs and results, saved copies of them, cotangents, gradients
  });

  it('keeps to it under score terms, which have temporaries of their own', async () => {
    const before = memory().numBytes;
    const [q, k, v] = [draw('q'), draw('k'), draw('v')] as [Tensor, Tensor, Tensor];
    const score: ScoreTerm[] = [
      relativePositions({ r: draw('r', [h, n, d]), u: draw('u', [h, d]), v: draw('w', [h, d]) }),
      alibi(draw('slopes', [h])),
      softCap(5),
      attentionDropout({ key: createKey(1), rate: 0.1 }),
    ];
    const { peakBytes } = await profile(() => [sparseAttention(q, k, v, { ...chosen(), score }).out]);
    expect(peakBytes - before - 6 * bytes).toBeLessThan(limit);
  });
});
