import { attentionSink, bias, createKey, normal } from '@longspan/core-tensor';
import { expectClose, onBackends } from '@longspan/tooling/expect';
import { add, concat, expandDims, fill, grads, mul, reshape, sum, type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import {
  attentionWeights,
  causal,
  keysAt,
  type Mask,
  mergeAttention,
  nothing,
  prefix,
  slidingWindow,
  sparseAttention,
} from '../src/index.ts';

const draw = (name: string, shape: readonly number[]): Tensor => normal(createKey(name), shape);
const close = { atol: 2e-6, rtol: 1e-5 };

onBackends('a sink', () => {
  const [b, h, n, d, dv] = [2, 3, 29, 8, 5];
  const drawn = (): readonly [Tensor, Tensor, Tensor, Tensor] => [
    draw('q', [b, h, n, d]),
    draw('k', [b, h, n, d]),
    draw('v', [b, h, n, dv]),
    draw('sink', [h]),
  ];
  const window = slidingWindow({ left: 7, right: 2 });

  /** Attention with one more key of a zero value, whose score is the sink: its own key is zero, and a bias gives it the score. */
  const appended = (q: Tensor, k: Tensor, v: Tensor, logits: Tensor, mask: Mask) => {
    const scores = concat([zeros([1, h, n, n]), add(zeros([1, h, n, 1]), reshape(logits, [1, h, 1, 1]))], 3);
    return sparseAttention(q, concat([k, zeros([b, h, 1, d])], 2), concat([v, zeros([b, h, 1, dv])], 2), {
      mask: mask.and(keysAt([n]).not()).or(keysAt([n])),
      blockSize: 8,
      queryOffset: 0,
      score: [bias(scores)],
    });
  };

  it.each<[string, Mask]>([
    ['a window', window],
    ['causality', causal()],
    ['rows without keys', causal().and(prefix({ length: 5 }).not())],
    ['no keys at all', nothing()],
  ])('is one more key of that score and of a zero value, results and gradients: %s', async (_, mask) => {
    const [q, k, v, logits] = drawn();
    const own = sparseAttention(q, k, v, { mask, blockSize: 8, score: [attentionSink(logits)] });
    const other = appended(q, k, v, logits, mask);
    expectClose(await own.out.data(), await other.out.data(), close);
    expectClose(await own.logSumExp.data(), await other.logSumExp.data(), close);
    const weigh = ({ out, logSumExp }: { readonly out: Tensor; readonly logSumExp: Tensor }): Tensor =>
      reshape(add(sum(mul(out, draw('do', [b, h, n, dv]))), sum(mul(logSumExp, draw('dl', [b, h, n])))), []);
    const inputs = [q, k, v, logits];
    const ours = grads((q: Tensor, k: Tensor, v: Tensor, l: Tensor) =>
      weigh(sparseAttention(q, k, v, { mask, blockSize: 8, score: [attentionSink(l)] })),
    )(inputs);
    const theirs = grads((q: Tensor, k: Tensor, v: Tensor, l: Tensor) => weigh(appended(q, k, v, l, mask)))(inputs);
    for (const [at, gradient] of ours.entries())
      expectClose(await gradient.data(), await (theirs[at] as Tensor).data(), { atol: 2e-5, rtol: 1e-4 });
  });

  it('parts of the keys merge into the whole where one of them has it', async () => {
    const [q, k, v, logits] = drawn();
    const early = prefix({ length: 11 });
    const score = [attentionSink(logits)];
    const joined = mergeAttention(
      sparseAttention(q, k, v, { mask: window.and(early), blockSize: 8, score }),
      sparseAttention(q, k, v, { mask: window.and(early.not()), blockSize: 8 }),
    );
    const whole = sparseAttention(q, k, v, { mask: window, blockSize: 8, score });
    expectClose(await joined.out.data(), await whole.out.data(), close);
    expectClose(await joined.logSumExp.data(), await whole.logSumExp.data(), close);
  });

  it('a fully masked row gives zeros and the sink; what is left of it is missing in the weights', async () => {
    const [q, k, v, logits] = drawn();
    const { out, logSumExp } = sparseAttention(q, k, v, { mask: nothing(), score: [attentionSink(logits)] });
    expectClose(await out.data(), new Float32Array(b * h * n * dv), { atol: 0, rtol: 0 });
    const expected = await add(expandDims(expandDims(logits, 0), 2), zeros([b, h, n])).data();
    expectClose(await logSumExp.data(), expected, { atol: 1e-6, rtol: 1e-6 });
    const [one, zero] = [fill([1, 1, 1, 4], 0), tensor([Math.log(3)], [1])];
    const score = [attentionSink(zero)];
    const attended = sparseAttention(one, one, one, { score });
    const { weights } = attentionWeights(one, one, { score, logSumExp: attended.logSumExp, queries: [0] });
    expectClose(await weights.data(), [0.25], { atol: 1e-6, rtol: 0 });
  });

  it('is refused for other heads, and twice', () => {
    const [q, k, v, logits] = drawn();
    expect(() => sparseAttention(q, k, v, { score: [attentionSink(zeros([h + 1]))] })).toThrow(
      'sparseAttention: logits must have the shape [h=3].\n  expected  [h=3]  (h was set by q)\n  got       [4]',
    );
    expect(() => sparseAttention(q, k, v, { score: [attentionSink(logits), attentionSink(logits)] })).toThrow(
      'at most one attentionSink term',
    );
  });
});
