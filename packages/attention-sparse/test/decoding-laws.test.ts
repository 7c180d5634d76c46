import {
  alibi,
  attentionSink,
  cellBias,
  createKey,
  distanceBias,
  normal,
  relativePositions,
  type ScoreTerm,
  softCap,
  spanRamp,
} from '@longspan/core-tensor';
import { expectClose, onBackends } from '@longspan/tooling/expect';
import { fill, slice, type Tensor, tensor3d, tensor4d, zeros } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { causal, denseAttention, globalTokens, slidingWindow, sparseAttention } from '../src/index.ts';

const [h, n, d] = [2, 13, 4];
const draw = (name: string, shape: number[]): Tensor => normal(createKey(name), shape);
/** Tokens from … to of [1, h, n, d]. */
const tokens = (x: Tensor, from: number, to: number): Tensor => slice(x, [0, 0, from, 0], [1, x.shape[1]!, to - from, x.shape[3]!]);

const terms: readonly (readonly [string, () => readonly ScoreTerm[]])[] = [
  ['alibi', () => [alibi(draw('slopes', [h]))]],
  ['attentionSink', () => [attentionSink(draw('sink', [h]))]],
  ['cellBias', () => [cellBias(draw('cells', [h, 5, 5]))]],
  ['distanceBias', () => [distanceBias(draw('distances', [h, 9]), { center: 7 })]],
  ['relativePositions', () => [relativePositions({ r: draw('r', [h, n, d]), u: draw('u', [h, d]), v: draw('v', [h, d]) })]],
  ['softCap and cellBias', () => [softCap(2), cellBias(draw('few cells', [1, 2, 2]))]],
  ['spanRamp', () => [spanRamp({ span: fill([h], 3), ramp: 4 })]],
];

onBackends('a step of decoding', () => {
  it.each(terms)('with %s is the row of the call for all, and so are several steps at once', async (_name, score) => {
    const [q, k, v] = [draw('q', [1, h, n, d]), draw('k', [1, h, n, d]), draw('v', [1, h, n, d])];
    const mask = slidingWindow({ left: 6, right: 0 })
      .or(globalTokens([0]))
      .and(causal());
    for (const attend of [sparseAttention, denseAttention]) {
      const whole = attend(q, k, v, { mask, score: score(), ...(attend === sparseAttention ? { blockSize: 4 } : {}) }).out;
      for (const [from, to] of [
        [0, 1],
        [3, 4],
        [7, 8],
        [12, 13],
        [2, 9],
      ] as const) {
        const step = attend(tokens(q, from, to), tokens(k, 0, to), tokens(v, 0, to), { mask, score: score() }).out;
        expectClose(await step.data(), await tokens(whole, from, to).data(), { atol: 2e-6, rtol: 1e-5 }, `rows ${from} … ${to}`);
      }
    }
  });

  it('reads the row of a table of cells that belongs to its position', async () => {
    const [x, v] = [zeros([1, 1, 2, 1]), tensor4d([1, 2], [1, 1, 2, 1])];
    const score = [cellBias(tensor3d([[[0, 0], [5, 0]]]))]; // biome-ignore format: a table
    const whole = await sparseAttention(x, x, v, { mask: causal(), score }).out.data();
    const step = await sparseAttention(zeros([1, 1, 1, 1]), x, v, { mask: causal(), score }).out.data();
    const expected = 1 + 1 / (1 + Math.exp(5));
    expect(expected).toBeCloseTo(1.0067, 4);
    expectClose(whole, [1, expected], { atol: 1e-6, rtol: 0 });
    expectClose(step, [expected], { atol: 1e-6, rtol: 0 });
  });
});
