import {
  alibi,
  attentionSink,
  bias,
  cellBias,
  createKey,
  distanceBias,
  normal,
  relativePositions,
  type ScoreTerm,
  softCap,
} from '@longspan/core-tensor';
import { expectClose, leaked, onBackends, withBackend } from '@longspan/tooling/expect';
import {
  add,
  fill,
  grads,
  matMul,
  mul,
  ones,
  reshape,
  softmax,
  sum,
  type Tensor,
  tensor,
  tensor4d,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { attentionWeights, causal, denseAttention, denseMask, globalTokens, perHead, slidingWindow, sparseAttention } from '../index.ts';

const draw = (name: string, shape: readonly number[]): Tensor => normal(createKey(name), shape);

it('takes more queries than a call has arguments', async () => {
  await withBackend('cpu');
  const x = ones([1, 1, 4, 2]);
  const { logSumExp } = sparseAttention(x, x, x);
  const { weights } = attentionWeights(x, x, { logSumExp, queries: new Array<number>(130_000).fill(0) });
  expect([weights.shape, (await weights.data()).slice(-2)]).toEqual([[1, 1, 130_000, 4], Float32Array.of(0.25, 0.25)]);
});

onBackends('attentionWeights', () => {
  const [b, h, hkv, n, d] = [2, 4, 2, 70, 6];
  const q = (): Tensor => draw('q', [b, h, n, d]);
  const k = (): Tensor => draw('k', [b, hkv, n, d]);
  const mask = slidingWindow({ left: 9, right: 4 }).or(globalTokens([30]));
  const queries = [0, 30, 69, 5];

  it('gives the rows of the dense softmax, and lists exactly the keys that the mask allows', async () => {
    const [x, y] = [q(), k()];
    const { logSumExp } = sparseAttention(x, y, y, { mask });
    const { keys, weights } = attentionWeights(x, y, { mask, logSumExp, queries });
    const allowed = denseMask(mask, { queryLength: n });
    const hide = tensor(
      Float32Array.from(allowed, (one) => (one ? 0 : -1e30)),
      [n, n],
    );
    const heads = reshape(matMul(reshape(x, [b * hkv, (h / hkv) * n, d]), reshape(y, [b * hkv, n, d]), false, true), [b, h, n, n]);
    const dense = (await softmax(add(mul(heads, 1 / Math.sqrt(d)), hide)).array()) as number[][][][];
    const keyRows = (await keys.array()) as number[][][][];
    const weightRows = (await weights.array()) as number[][][][];
    for (let row = 0; row < b; row++) {
      for (let head = 0; head < h; head++) {
        queries.forEach((query, at) => {
          const own = Array.from({ length: n }, (_, key) => key).filter((key) => allowed[query * n + key] === 1);
          const listed = keyRows[row]?.[head]?.[at]?.filter((key) => key >= 0);
          expect(listed).toEqual(own);
          const expected = own.map((key) => dense[row]?.[head]?.[query]?.[key] as number);
          expectClose(weightRows[row]?.[head]?.[at]?.slice(0, own.length) ?? [], expected, { atol: 1e-6, rtol: 1e-4 });
          expect(weightRows[row]?.[head]?.[at]?.slice(own.length).every((weight) => weight === 0)).toBe(true);
        });
      }
    }
  });

  describe.each<[string, () => readonly ScoreTerm[]]>([
    ['ALiBi and a soft cap', () => [alibi(draw('s', [h])), softCap(2)]],
    ['a bias by distance', () => [distanceBias(draw('t', [h, 9]), { center: 3 })]],
    ['repeating cells', () => [cellBias(draw('c', [1, 7, 7]))]],
    ['relative positions', () => [relativePositions({ r: draw('r', [h, 20, d]), u: draw('u', [h, d]), v: draw('w', [h, d]) })]],
  ])('under %s', (_, score) => {
    it('weights sum to 1 and average the values to the output', async () => {
      const masks = perHead([causal(), mask, causal(), mask]);
      const [x, y, terms] = [q(), k(), score()];
      const { out, logSumExp } = denseAttention(x, y, y, { mask: masks, score: terms });
      const { keys, weights } = attentionWeights(x, y, { mask: masks, logSumExp, queries, score: terms });
      const [keyRows, weightRows, values, outs] = (await Promise.all(
        [keys, weights, y, out].map((each) => each.array()),
      )) as number[][][][][];
      for (let row = 0; row < b; row++) {
        for (let head = 0; head < h; head++) {
          queries.forEach((query, at) => {
            const own = weightRows?.[row]?.[head]?.[at] ?? [];
            expectClose([own.reduce((sum, weight) => sum + weight, 0)], [1], { atol: 1e-5, rtol: 0 });
            const mean = Array.from({ length: d }, (_, feature) =>
              own.reduce(
                (sum, weight, column) =>
                  sum +
                  weight *
                    (values?.[row]?.[Math.floor((head * hkv) / h)]?.[keyRows?.[row]?.[head]?.[at]?.[column] as number]?.[feature] ?? 0),
                0,
              ),
            );
            expectClose(mean, outs?.[row]?.[head]?.[query] ?? [], { atol: 1e-5, rtol: 1e-4 });
          });
        }
      }
    });
  });

  it.each([-1e9, 1e9])('weights sum to 1 where all scores lie near %d, and leave a sink there its share', async (far) => {
    const x = zeros([1, 1, 64, 4]);
    const terms = [bias(fill([1, 1, 64, 64], far))];
    const weightsUnder = (score: readonly ScoreTerm[]): Tensor => {
      const { logSumExp } = sparseAttention(x, x, x, { score });
      return sum(attentionWeights(x, x, { logSumExp, queries: [0, 63], score }).weights, 3);
    };
    expectClose(await weightsUnder(terms).data(), [1, 1], { atol: 1e-6, rtol: 0 });
    expectClose(await weightsUnder([...terms, attentionSink(tensor([far]))]).data(), [64 / 65, 64 / 65], { atol: 1e-6, rtol: 0 });
  });

  it('leaves no tensors behind; a query that is not there is an error', async () => {
    const [x, y] = [q(), k()];
    const { logSumExp } = tidy(() => ({ ...sparseAttention(x, y, y, { mask }) }));
    expect(await leaked(() => ({ ...attentionWeights(x, y, { mask, logSumExp, queries }) }))).toEqual({ tensors: 0, buffers: 0 });
    expect(() => attentionWeights(x, y, { mask, logSumExp, queries: [3, 70] })).toThrow(
      'attentionWeights: queries must be indices of q.\n  expected  one or more integers of 0 … 69\n  got       70\n  remedy    give each query by its index.',
    );
  });
});

it('a key that only a row of NaN does not see has a gradient of its own rows', async () => {
  await withBackend('cpu');
  const x = () => ones([1, 1, 2, 1]); // query 0 sees key 0 only, and is NaN
  const q = tensor4d([Number.NaN, 1], [1, 1, 2, 1]);
  for (const attend of [denseAttention, sparseAttention]) {
    const [dv] = grads((v: Tensor) => sum(attend(q, x(), v, { mask: causal() }).out))([x()]);
    expect([...(await (dv as Tensor).data())]).toEqual([Number.NaN, 0.5]);
  }
});
