import { createKey, normal, type Parameters, packParameters } from '@longspan/core-tensor';
import { expectClose, onBackends, withBackend } from '@longspan/tooling/expect';
import { concat, slice, type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { causal, documents, everything } from '../../mask/index.ts';
import { multiHeadAttention } from './multi-head.ts';

const [width, heads, keyHeads, headDim] = [12, 4, 2, 4];
const sizes = { width, heads, keyHeads, headDim };
const x = () => normal(createKey('x'), [2, 9, width]);

/** Parameters of three maps, and the same in one. */
function both(): { readonly apart: Parameters; readonly together: Parameters } {
  const { spec } = multiHeadAttention(sizes);
  const apart = Object.fromEntries(
    Object.entries(spec).map(([name, { shape }]) => [name, normal(createKey(name), shape, { standardDeviation: 0.5 })]),
  );
  const joined = (kind: string): Tensor => concat(['query', 'key', 'value'].map((name) => apart[`${name}.${kind}`] as Tensor));
  const [weight, bias] = [apart['output.weight'], apart['output.bias']] as [Tensor, Tensor];
  return { apart, together: { 'Wqkv.weight': joined('weight'), 'Wqkv.bias': joined('bias'), 'Wo.weight': weight, 'Wo.bias': bias } };
}

const names = { together: 'Wqkv', output: 'Wo' };

onBackends('one map for queries, keys and values', () => {
  it('gives what three maps give', async () => {
    const { apart, together } = both();
    const expected = await multiHeadAttention(sizes).apply(apart, x()).data();
    expectClose(
      await multiHeadAttention({ ...sizes, names })
        .apply(together, x())
        .data(),
      expected,
      { atol: 1e-5, rtol: 1e-4 },
    );
  });

  it('may be packed', async () => {
    const { together } = both();
    const layer = multiHeadAttention({ ...sizes, names });
    const packed = await packParameters(layer, together, 'float16');
    const expected = await layer.apply(together, x()).data();
    expectClose(await layer.apply(packed, x()).data(), expected, { atol: 1e-2, rtol: 1e-2 });
  });
});

describe('multiHeadAttention', () => {
  beforeAll(() => withBackend('cpu'));

  it('has one map in its spec, and none of it in cross attention', () => {
    expect(Object.keys(multiHeadAttention({ ...sizes, names }).spec)).toEqual(['Wqkv.weight', 'Wqkv.bias', 'Wo.weight', 'Wo.bias']);
    expect(() => multiHeadAttention({ ...sizes, names, cross: true })).toThrow(
      [
        'multiHeadAttention: names.together must be left out of cross attention.',
        '  expected  cross: true with names of query, key and value',
        '  got       together: Wqkv',
        '  remedy    keys and values are made of the encoder, queries of x.',
      ].join('\n'),
    );
  });

  it('shows of its own mask what the mask of the call leaves', async () => {
    const { apart } = both();
    const close = { atol: 1e-6, rtol: 1e-5 };
    const mask = documents([0, 0, 0, 0, 1, 1, 1, 1, 1]);
    const found = multiHeadAttention({ ...sizes, mask: causal() }).apply(apart, x(), { mask });
    const expected = multiHeadAttention({ ...sizes, mask: causal().and(mask) }).apply(apart, x());
    expectClose(await found.data(), await expected.data(), close);
    const [first, alone] = [slice(found, [0, 4, 0], [2, 5, width]), slice(x(), [0, 4, 0], [2, 5, width])];
    expectClose(
      await first.data(),
      await multiHeadAttention({ ...sizes, mask: causal() })
        .apply(apart, alone)
        .data(),
      close,
    );
  });

  it('takes no mask that is none, and none with a cache', () => {
    const { apart } = both();
    const wrong = { mask: [0, 1] } as object as { readonly mask: ReturnType<typeof everything> };
    expect(() => multiHeadAttention(sizes).apply(apart, x(), wrong)).toThrow(/^multiHeadAttention/);
    const cached = multiHeadAttention({ ...sizes, mask: causal(), cache: true });
    expect(() => cached.apply(apart, x(), { mask: everything() })).toThrow(/every name of the context/);
  });
});
