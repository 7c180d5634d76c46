import { createKey } from '@longspan/core-tensor';
import { answers, definition, drawn, expectClose, leaked, onBackends, tensorOf } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import { dispose, grad, grads, mul, onesLike, sum, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { chunkAttention } from './chunk-attention.ts';

const [b, h, hkv, n, d, dv, width, chunkSize] = [2, 4, 2, 43, 5, 6, 3, 8];
/** Three of six chunks for each query, or fewer, or none. */
const lists = Array.from({ length: b * h * n }, (_, row) => {
  const made = [row % 6, (row * 5 + 1) % 6, (row * 3 + 2) % 6].slice(0, row % 4);
  const once = [...new Set(made)].sort((one, other) => one - other);
  return [...once, -1, -1, -1].slice(0, width);
});
const inputs = {
  q: drawn(createKey('q'), b, h, n, d),
  k: drawn(createKey('k'), b, hkv, n, d),
  v: drawn(createKey('v'), b, hkv, n, dv),
};
const isVisible = ({ batch, head, query, key }: reference.Pair): boolean =>
  lists[(batch * h + head) * n + query]!.includes(Math.floor(key / chunkSize)) && key <= query + 2;

/** Scores height + t of the key, one feature of value and of cotangent for each of them, in loops of float64. */
function ofHeight(height: number) {
  const [length, size] = [19, 4];
  const t = Float32Array.from({ length }, (_, key) => ((key * 7) % 11) / 64);
  const values = Float32Array.from({ length }, (_, key) => ((key * 5) % 13) / 8 - 0.7);
  const cotangents = Float32Array.from({ length }, (_, query) => ((query * 3) % 7) / 4 - 0.6);
  const chosen = Array.from({ length }, (_, query) => [...new Set([0, Math.floor(query / 8), Math.floor(query / size)])]);
  const [out, ofQ, ofK, ofV] = [0, 1, 2, 3].map(() => new Float64Array(length)) as [Float64Array, Float64Array, Float64Array, Float64Array];
  for (let query = 0; query < length; query++) {
    const keys = Array.from({ length: query + 1 }, (_, key) => key).filter((key) => chosen[query]?.includes(Math.floor(key / size)));
    const scores = keys.map((key) => Math.fround(height + (t[key] as number)));
    const top = Math.max(...scores);
    const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0);
    const weights = scores.map((score) => Math.exp(score - top) / total);
    out[query] = keys.reduce((sum, key, at) => sum + (weights[at] as number) * (values[key] as number), 0);
    for (const [at, key] of keys.entries()) {
      const weight = weights[at] as number;
      const ofScore = weight * (cotangents[query] as number) * ((values[key] as number) - (out[query] as number));
      ofV[key] = (ofV[key] as number) + weight * (cotangents[query] as number);
      ofK[key] = (ofK[key] as number) + ofScore;
      ofQ[query] = (ofQ[query] as number) + ofScore * (t[key] as number);
    }
  }
  const pairs = (first: number, second: Float32Array): Float32Array => Float32Array.from([...second].flatMap((each) => [first, each]));
  return {
    size,
    cotangents: tensor(cotangents, [1, 1, length, 1]),
    selected: tensor(
      chosen.flatMap((each) => [...each, -1, -1].slice(0, 3)),
      [1, 1, length, 3],
      'int32',
    ),
    inputs: [
      tensor(pairs(height, new Float32Array(length).fill(1)), [1, 1, length, 2]),
      tensor(pairs(1, t), [1, 1, length, 2]),
      tensor(values, [1, 1, length, 1]),
    ] as Tensor[],
    expected: { out, ofQ, ofK, ofV },
  };
}

onBackends('chunkAttention', () => {
  // A log-sum-exp near 2¹⁷ is a multiple of 2⁻⁶, near 2³⁰ of 128: without what rounding took from it all weights would be off.
  it.each([0, 2 ** 17, 2 ** 30, -(2 ** 30)])('is right in both passes where all scores lie near %d', async (height) => {
    const { size, cotangents, selected, inputs, expected } = ofHeight(height);
    const attend = (q: Tensor, k: Tensor, v: Tensor): Tensor =>
      chunkAttention(q, k, v, { selected, chunkSize: size, scale: 1, causal: true, queryOffset: 0 }).out;
    const [q, k, v] = inputs as [Tensor, Tensor, Tensor];
    expectClose(await attend(q, k, v).data(), expected.out, { atol: 1e-6, rtol: 1e-5 }, 'out');
    for (const one of await attend(q, k, onesLike(v)).data()) expect(one).toBeCloseTo(1, 5);
    const found = await Promise.all(
      grads((...given: Tensor[]) => sum(mul(attend(...(given as [Tensor, Tensor, Tensor])), cotangents)))(inputs).map((each) =>
        each.data(),
      ),
    );
    /** The second feature of each row: the first takes sums of the same slopes, times the height. */
    const second = (x: ArrayLike<number> = []): number[] => Array.from(x).filter((_, at) => at % 2 === 1);
    expectClose(second(found[0]), expected.ofQ, { atol: 1e-6, rtol: 1e-5 }, 'gradient of q');
    expectClose(second(found[1]), expected.ofK, { atol: 2e-6, rtol: 1e-5 }, 'gradient of k');
    expectClose(found[2] as ArrayLike<number>, expected.ofV, { atol: 1e-6, rtol: 1e-5 }, 'gradient of v');
    const plain = grad((x: Tensor) => sum(attend(q, k, x)))(v);
    expect((await sum(plain).data())[0]).toBeCloseTo(v.shape[2] as number, 4); // the weights of each row sum to 1
  });

  it.each([
    ['at once', 1 << 24],
    ['in stretches', 1],
  ])('equals softmax over the selected chunks, and its gradients, with the queries %s', async (_, budget) => {
    const expected = await definition(inputs, ([q, k, v]) => {
      const counts = reference.visiblePairs({ batch: b, heads: h, queries: n, keys: n }, isVisible);
      return { ...reference.softmaxAttention(q!, k!, v!, { counts, scale: 0.6 }) };
    });
    const found = await answers(inputs, ([q, k, v]) => {
      const selected = tensor(lists.flat(), [b, h, n, width], 'int32');
      return { ...chunkAttention(q!, k!, v!, { selected, chunkSize, scale: 0.6, causal: true, queryOffset: 2, budget }) };
    });
    for (const [name, values] of Object.entries(expected)) expectClose(found[name]!, values, { atol: 1e-5, rtol: 2e-4 }, name);
  });

  it('leaves no tensor behind', async () => {
    const [q, k, v] = [tensorOf(inputs.q), tensorOf(inputs.k), tensorOf(inputs.v)];
    const selected = tensor(lists.flat(), [b, h, n, width], 'int32');
    const options = { selected, chunkSize, causal: false, queryOffset: 0, budget: 1 };
    expect(await leaked(() => ({ ...chunkAttention(q, k, v, options) }))).toEqual({ tensors: 0, buffers: 0 });
    expect(await leaked(() => tidy(() => ({ ...chunkAttention(q, k, v, options) })))).toEqual({ tensors: 0, buffers: 0 });
    dispose([q, k, v, selected]);
  });
});
