import {
  alibi,
  alibiSlopes,
  applyLinear,
  bias,
  chain,
  createKey,
  defineLayer,
  type Layer,
  type LayerContext,
  linear,
  mergeHeads,
  normal,
  type Parameters,
  padding,
  paddingOfLengths,
  relativeDistanceBuckets,
  residual,
  rotary,
  type ScoreTerm,
  scoped,
  splitHeads,
} from '@longspan/core-tensor';
import { recomputedLayer } from '@longspan/reversible';
import { expectClose, leaked, onBackends, withBackend } from '@longspan/tooling/expect';
import {
  add,
  gather,
  grads,
  mul,
  ones,
  reshape,
  sum,
  type Tensor,
  tensor1d,
  tensor2d,
  tidy,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { denseAttention } from '../../attention/dense/dense-attention.ts';
import type { SparseAttentionOptions } from '../../attention/options.ts';
import { causal, everything, globalTokens, keyPadding, keysAt, perHead, slidingWindow } from '../../mask/index.ts';
import type { MultiHeadAttentionConfig, SelfAttentionContext } from './config.ts';
import { multiHeadAttention } from './multi-head.ts';

const close = { atol: 2e-5, rtol: 1e-4 };
const [width, heads, keyHeads, headDim, batch, length] = [12, 6, 2, 4, 2, 11];
const draw = (name: string, shape: readonly number[]): Tensor => normal(createKey(name), shape);

/** Weights that make attention uneven, and biases that are not 0. */
const lively = ({ spec }: Pick<Layer, 'spec'>): Parameters =>
  Object.fromEntries(
    Object.entries(spec).map(([name, { shape }]) => [
      name,
      normal(createKey(name), shape, { standardDeviation: name.endsWith('weight') ? 0.4 : 1 }),
    ]),
  );

interface ByHand extends SparseAttentionOptions {
  readonly turned?: (x: Tensor) => Tensor;
}

/** The definition: four linear maps around the dense table. */
function byHand(
  parameters: Parameters,
  x: Tensor,
  from: Tensor,
  counts: { h: number; hkv: number },
  { turned = (y) => y, ...options }: ByHand,
): Tensor {
  const project = (name: string, y: Tensor, count: number) =>
    splitHeads(applyLinear(y, parameters[`${name}.weight`] as Tensor, parameters[`${name}.bias`]), count);
  const [q, k, v] = [project('query', x, counts.h), project('key', from, counts.hkv), project('value', from, counts.hkv)];
  const { out } = denseAttention(turned(q), turned(k), v, { queryOffset: 0, ...options });
  return applyLinear(mergeHeads(out), parameters['output.weight'] as Tensor, parameters['output.bias']);
}

/** Values and gradients, of x, of what else is given, and of all parameters. */
async function expectSame(
  one: (parameters: Parameters, ...tensors: Tensor[]) => Tensor,
  other: (parameters: Parameters, ...tensors: Tensor[]) => Tensor,
  parameters: Parameters,
  ...tensors: Tensor[]
): Promise<void> {
  const names = Object.keys(parameters);
  const run = (layer: typeof one) => {
    const of = (...given: Tensor[]): Tensor =>
      layer(Object.fromEntries(names.map((name, at) => [name, given[at] as Tensor])), ...given.slice(names.length));
    const inputs = [...Object.values(parameters), ...tensors];
    const value = of(...inputs);
    return [value, ...grads((...given: Tensor[]) => sum(mul(of(...given), draw('cotangent', value.shape))))(inputs)];
  };
  const [found, expected] = [run(one), run(other)];
  for (const [at, each] of found.entries()) {
    expectClose(await each.data(), await (expected[at] as Tensor).data(), close, ['value', ...names, 'x'][at]);
  }
}

const mask = slidingWindow({ left: 3, right: 1 }).or(globalTokens([0]));
const table = relativeDistanceBuckets({ buckets: 8, maxDistance: 6, bidirectional: true });

const variants: readonly { name: string; config: Partial<MultiHeadAttentionConfig>; hand?: (parameters: Parameters) => ByHand }[] = [
  { name: 'everything', config: {} },
  { name: 'a mask', config: { mask }, hand: () => ({ mask }) },
  {
    name: 'a mask by head, grouped heads',
    config: { keyHeads, mask: perHead([causal(), mask, everything(), causal(), mask, everything()]) },
    hand: () => ({ mask: perHead([causal(), mask, everything(), causal(), mask, everything()]) }),
  },
  { name: 'heads of another size, a scale', config: { keyHeads, headDim, scale: 1 }, hand: () => ({ scale: 1 }) },
  {
    name: 'a mask of the lengths',
    config: { mask: ({ keyLength }) => keysAt([keyLength - 1]) },
    hand: () => ({ mask: keysAt([length - 1]) }),
  },
  {
    name: 'rotary positions',
    config: { headDim, keyHeads, rotary: { style: 'interleaved', base: 100, rotaryDim: 2 } },
    hand: () => ({ turned: (x) => rotary(x, [...Array(length).keys()], { style: 'interleaved', base: 100, rotaryDim: 2 }) }),
  },
  {
    name: 'ALiBi',
    config: { alibi: true, mask: causal() },
    hand: () => ({ mask: causal(), score: [alibi(tensor1d(alibiSlopes(heads)))] }),
  },
  {
    name: "T5's bias",
    config: { relativeBias: { buckets: 8, maxDistance: 6, bidirectional: true } },
    hand: (parameters) => ({ score: [tableOfPairs(parameters['relative_attention_bias.weight'] as Tensor)] }),
  },
  { name: 'no biases', config: { bias: false } },
];

/** The bias as one number for each pair. */
function tableOfPairs(weight: Tensor): ScoreTerm {
  const rows = Array.from({ length: length * length }, (_, at) => table((at % length) - Math.floor(at / length)));
  return bias(reshape(transpose(gather(weight, tensor1d(rows, 'int32'))), [1, heads, length, length]));
}

// On cpu, for stock gather has no gradient on wasm.
describe('multiHeadAttention', () => {
  beforeAll(() => withBackend('cpu'));

  it.each(variants)('equals its parts around dense attention, values and gradients: $name', async ({ config, hand }) => {
    const layer = multiHeadAttention({ width, heads, blockSize: 4, ...config, cross: false, cache: false });
    const counts = { h: heads, hkv: config.keyHeads ?? heads };
    await expectSame(
      (parameters, x) => layer.apply(parameters, x as Tensor),
      (parameters, x) => byHand(parameters, x as Tensor, x as Tensor, counts, hand?.(parameters) ?? {}),
      lively(layer),
      draw('x', [batch, length, width]),
    );
  });
});

onBackends('multiHeadAttention', () => {
  const counts = { h: heads, hkv: keyHeads };

  it('hides padding, wherever it stands', async () => {
    const layer = multiHeadAttention({ width, heads, keyHeads, mask });
    const [parameters, x] = [lively(layer), draw('x', [batch, length, width])];
    const ends = layer.apply(parameters, x, { padding: paddingOfLengths([length, 7]) });
    const hand = byHand(parameters, x, x, counts, { mask: mask.and(keyPadding({ lengths: [length, 7] })) });
    expectClose(await ends.data(), await hand.data(), close);
    const marks = [0, 1].map((row) => Array.from({ length }, (_, at) => ((at + row) % 5 === 2 ? 0 : 1)));
    const holes = layer.apply(parameters, x, { padding: padding(marks) });
    const hidden = keysAt(marks.map((row) => [...row.keys()].filter((at) => row[at] === 0))).not();
    expectClose(await holes.data(), await byHand(parameters, x, x, counts, { mask: mask.and(hidden) }).data(), close);
  });

  it('a piece of a sequence attends as if it stood alone at its position: masks count from the start of the sequence', async () => {
    const layer = multiHeadAttention({
      width,
      heads,
      mask: slidingWindow({ left: 2, right: 0 }).or(keysAt([5])),
      rotary: { style: 'half', rotaryDim: 2 },
    });
    const [parameters, x] = [lively(layer), draw('x', [batch, length, width])];
    const there = layer.apply(parameters, x, { position: 4 });
    const turned = (y: Tensor) => rotary(y, [...Array(length).keys()], { style: 'half', rotaryDim: 2 });
    const hand = byHand(parameters, x, x, { h: heads, hkv: heads }, { mask: slidingWindow({ left: 2, right: 0 }).or(keysAt([1])), turned });
    expectClose(await there.data(), await hand.data(), close);
  });

  it("cross attention equals its parts, also to keys of another width and length, with the encoder's padding hidden", async () => {
    const layer = multiHeadAttention({ width, heads, keyHeads, keyWidth: 5, cross: true });
    const states = draw('states', [batch, 7, 5]);
    await expectSame(
      (parameters, x, hidden) =>
        layer.apply(parameters, x as Tensor, { encoder: { hidden: hidden as Tensor, padding: paddingOfLengths([4, 7]) } }),
      (parameters, x, hidden) => byHand(parameters, x as Tensor, hidden as Tensor, counts, { mask: keyPadding({ lengths: [4, 7] }) }),
      lively(layer),
      draw('x', [batch, length, width]),
      states,
    );
  });

  it("in a decoder's layer self-attention keeps to its own tokens, whatever the encoder's states are", async () => {
    const own = multiHeadAttention({ width, heads, mask: causal() });
    const cross = multiHeadAttention({ width, heads, cross: true });
    const layer = defineLayer({ name: 'decoder', parts: { own, cross }, run: ({ parts }, x) => add(parts.own(x), parts.cross(x)) });
    const [parameters, x, hidden] = [lively(layer), draw('x', [batch, length, width]), draw('states', [batch, 7, width])];
    const found = layer.apply(parameters, x, { encoder: { hidden } });
    const expected = add(own.apply(scoped('own', parameters), x), cross.apply(scoped('cross', parameters), x, { encoder: { hidden } }));
    expectClose(await found.data(), await expected.data(), close);
  });

  it('a mask of cross attention counts both sequences from 0', async () => {
    const layer = multiHeadAttention({ width, heads, cross: true, mask: causal() });
    const [parameters, x, hidden] = [lively(layer), draw('x', [1, 3, width]), draw('states', [1, 7, width])];
    const out = layer.apply(parameters, x, { encoder: { hidden } });
    expectClose(await out.data(), await byHand(parameters, x, hidden, { h: heads, hkv: heads }, { mask: causal() }).data(), close);
  });

  it('reads the bias table of another layer from the context, and gives it a gradient', async () => {
    const own = multiHeadAttention({ width, heads, relativeBias: { buckets: 8, maxDistance: 6, bidirectional: true } });
    const shared = multiHeadAttention({ width, heads, relativeBias: { buckets: 8, maxDistance: 6, bidirectional: true, shared: true } });
    const parameters = lively(own);
    const { 'relative_attention_bias.weight': weight, ...rest } = parameters;
    expect(Object.keys(shared.spec)).toEqual(Object.keys(rest));
    const x = draw('x', [batch, length, width]);
    await expectSame(
      (_, given, table) => shared.apply(rest, given as Tensor, { relativeBias: table as Tensor }),
      (_, given, table) => own.apply({ ...rest, 'relative_attention_bias.weight': table as Tensor }, given as Tensor),
      {},
      x,
      weight as Tensor,
    );
  });

  it('drops the same weights under the same key, others under another, none outside training', async () => {
    const layer = multiHeadAttention({ width, heads, attentionDropout: 0.4 });
    const [parameters, x] = [lively(layer), draw('x', [1, length, width])];
    const run = (seed: number) => layer.apply(parameters, x, { training: true, key: createKey(seed) }).data();
    expect(await run(1)).toEqual(await run(1));
    expect(await run(2)).not.toEqual(await run(1));
    expect(await layer.apply(parameters, x).data()).not.toEqual(await run(1));
  });

  it('stands in a chain and a residual sum, and recomputed has the same gradients', async () => {
    const model = chain({
      attention: residual(multiHeadAttention({ width, heads, mask })),
      end: linear({ inFeatures: width, outFeatures: 3 }),
    });
    const [parameters, x] = [lively(model), draw('x', [batch, length, width])];
    const context = { padding: paddingOfLengths([length, 5]) };
    await expectSame(
      (given, y) => recomputedLayer(model).apply(given, y as Tensor, context),
      (given, y) => model.apply(given, y as Tensor, context),
      parameters,
      x,
    );
  });

  it('recomputed cross attention gives the encoder states their gradient', async () => {
    const layer = multiHeadAttention({ width, heads, cross: true });
    await expectSame(
      (given, x, hidden) => recomputedLayer(layer).apply(given, x as Tensor, { encoder: { hidden: hidden as Tensor } }),
      (given, x, hidden) => layer.apply(given, x as Tensor, { encoder: { hidden: hidden as Tensor } }),
      lively(layer),
      draw('x', [batch, length, width]),
      draw('states', [batch, 7, width]),
    );
  });

  it('leaves no tensor behind, forward, backward, and when it throws', async () => {
    const layer = multiHeadAttention({ width, heads, keyHeads, mask, alibi: true, rotary: { style: 'half' } });
    const cross = multiHeadAttention({ width, heads, cross: true });
    const [parameters, x] = [lively(layer), draw('x', [batch, length, width])];
    const none = { tensors: 0, buffers: 0 };
    const slope = (run: (x: Tensor) => Tensor) => () => grads((y: Tensor) => sum(run(y)))([x]);
    expect(await leaked(() => layer.apply(parameters, x))).toEqual(none);
    expect(await leaked(slope((y) => layer.apply(parameters, y)))).toEqual(none);
    expect(await leaked(slope((y) => layer.apply({}, y)))).toEqual(none);
    const wrong = { encoder: { hidden: ones([1, 7, width]) } };
    expect(await leaked(slope((y) => cross.apply(parameters, y, wrong)))).toEqual(none);
  });
});

describe('multiHeadAttention', () => {
  let x: Tensor;
  beforeAll(async () => {
    await withBackend('cpu');
    x = zeros([1, 3, 8]);
  });

  it('has the parameter names that it is given', () => {
    const names = {
      query: 'attention.self.query',
      key: 'attention.self.key',
      value: 'attention.self.value',
      output: 'attention.output.dense',
    };
    const layer = multiHeadAttention({ width: 8, heads: 2, keyHeads: 1, names });
    expect(Object.entries(layer.spec).map(([name, { shape }]) => `${name} ${shape.join('·')}`)).toEqual([
      'attention.self.query.weight 8·8',
      'attention.self.query.bias 8',
      'attention.self.key.weight 4·8',
      'attention.self.key.bias 4',
      'attention.self.value.weight 4·8',
      'attention.self.value.bias 4',
      'attention.output.dense.weight 8·8',
      'attention.output.dense.bias 8',
    ]);
    const bare = multiHeadAttention({ width: 8, heads: 2, headDim: 3, bias: false, output: false });
    expect(Object.keys(bare.spec)).toEqual(['query.weight', 'key.weight', 'value.weight']);
    expect(tidy(() => bare.apply(bare.init(createKey(1)), x).shape)).toEqual([1, 3, 6]);
  });

  it('hides what is beyond the lengths of a tensor as it hides padding, and the rest has its gradients', async () => {
    const layer = multiHeadAttention({ width: 8, heads: 2, mask: slidingWindow({ left: 2, right: 2 }), blockSize: 2 });
    const parameters = lively(layer);
    const two = normal(createKey('two'), [2, 3, 8]);
    const slope = (context: SelfAttentionContext) =>
      grads((y: Tensor) => sum(mul(layer.apply(parameters, y, context), two)))([two])[0] as Tensor;
    for (const lengths of [tensor1d([3, 1], 'int32'), tensor2d([[3], [1]])]) {
      const given = { padding: paddingOfLengths([3, 1]) };
      expectClose(await layer.apply(parameters, two, { lengths }).data(), await layer.apply(parameters, two, given).data(), close);
      expectClose(await slope({ lengths }).data(), await slope(given).data(), close);
    }
    expect(() => layer.apply(parameters, two, { lengths: tensor1d([3], 'int32') })).toThrow('one length for each batch row');
    for (const wrong of [[3, 1], Int32Array.of(3, 1), 5, Number.NaN, null, paddingOfLengths([3, 1])]) {
      expect(() => layer.apply(parameters, two, { lengths: wrong as never })).toThrow(
        'multiHeadAttention: context.lengths must be a tensor.',
      );
    }
    expect(() => layer.apply(parameters, two, { lengths: tensor1d(['a', 'b']) })).toThrow('multiHeadAttention: context.lengths must be ');
  });

  it('says which names of the context it reads', () => {
    const layer = multiHeadAttention({ width: 8, heads: 2 });
    const other: LayerContext = { paddng: paddingOfLengths([3]) } as LayerContext;
    expect(() => layer.apply(layer.init(createKey(1)), x, other)).toThrow('did you mean padding?');
    expect(multiHeadAttention({ width: 8, heads: 2, cross: true }).reads).toEqual(['encoder']);
  });

  it('refuses what does not fit together', () => {
    expect(() => multiHeadAttention({ width: 8, heads: 3 })).toThrow('width a multiple of heads');
    expect(() => multiHeadAttention({ width: 8, heads: 4, keyHeads: 3 })).toThrow('heads must be a multiple of keyHeads.');
    expect(() => multiHeadAttention({ width: 8, heads: 4, cross: true, alibi: true })).toThrow(
      'rotary, relativeBias and alibi must be left out',
    );
    expect(() => multiHeadAttention({ width: 8, heads: 4, keyWidth: 4 })).toThrow('keyWidth must be width');
    expect(() => multiHeadAttention({ width: 8, heads: 4, attentionDropout: 1 })).toThrow(
      'attentionDropout must be at least 0 and below 1',
    );
    expect(() => multiHeadAttention({ width: 8, heads: 4, cache: true, mask: () => causal() })).toThrow('must be an expression');
  });

  it('refuses inputs that do not fit, before it computes', () => {
    const layer = multiHeadAttention({ width: 8, heads: 2, cross: true });
    const parameters = layer.init(createKey(1));
    expect(() => layer.apply(parameters, zeros([1, 3, 6]), { encoder: { hidden: x } })).toThrow('x must be as wide as the layer.');
    expect(() => layer.apply(parameters, x, { encoder: { hidden: zeros([2, 3, 8]) } })).toThrow('must have the same batch size');
    expect(() => layer.apply(parameters, x, { encoder: { hidden: zeros([1, 3, 4]) } })).toThrow('context.encoder.hidden must be as wide');
    expect(() => layer.apply(parameters, x, {} as never)).toThrow('the context must hold encoder.');
    const self = multiHeadAttention({ width: 8, heads: 2 });
    expect(() => self.apply(self.init(createKey(1)), x, { padding: paddingOfLengths([2]) })).toThrow('one mark for each token');
  });
});
