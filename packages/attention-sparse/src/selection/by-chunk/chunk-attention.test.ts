import { createKey } from '@longspan/core-tensor';
import { answers, definition, drawn, expectClose, leaked, onBackends, tensorOf } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import { dispose, tensor, tidy } from '@tensorflow/tfjs-core';
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

onBackends('chunkAttention', () => {
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
