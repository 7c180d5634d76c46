import { createKey, type Layer, linear, type Parameters } from '@longspan/core-tensor';
import { itLearns, itLeavesNothing, leaked, type Mechanism, type Trainable, withBackend } from '@longspan/tooling/expect';
import { register } from '@longspan/wasm-backend';
import { clone, concat, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import {
  attentionPooling,
  attentionUpsampling,
  funnelDecoder,
  funnelEncoder,
  funnelUpsampling,
  type GroupedInputs,
  groupsFromBoundaries,
  hat,
  hatLayer,
  hatLayout,
  hourglass,
  hourglassLanguageModel,
  type ImageTokens,
  levelsOf,
  levelTransformer,
  linearPooling,
  linearUpsampling,
  maxPooling,
  meanPooling,
  patchMerging,
  repeatUpsampling,
  shiftRight,
  swinStage,
  swinStages,
} from '../src/index.ts';
import { draw } from './random.ts';

beforeAll(async () => {
  await withBackend('wasm');
  await register();
});

/** A mechanism as the layer and what it is applied to. */
interface LayerCase extends Omit<Mechanism, 'make'> {
  readonly make: () => { readonly layer: Layer<Tensor, Tensor>; readonly input: Tensor };
}

const groups = groupsFromBoundaries([0, 2, 3, 7, 9]);
const members = (): Tensor => draw('x', [2, 9, 8]);
const pooled = (): Tensor => draw('x', [2, 4, 8]);

/** What has no parameters of its own learns through a dense layer before it. */
const behindDense = (then: (x: Tensor) => Tensor): Layer<Tensor, Tensor> => {
  const dense = linear({ inFeatures: 8, outFeatures: 8 });
  return { init: dense.init, apply: (parameters, x) => tidy(() => then(dense.apply(parameters, x))) };
};

const grouped = ({ init, apply }: Layer<GroupedInputs, Tensor>): Layer<Tensor, Tensor> => ({
  init,
  apply: (parameters, hidden) => apply(parameters, { hidden, groups }),
});

const lastOf = <Inputs>(
  { init, apply }: Layer<Inputs, readonly Tensor[]>,
  inputsOf: (hidden: Tensor) => Inputs,
): Layer<Tensor, Tensor> => ({
  init,
  apply: (parameters, hidden) => tidy(() => clone(apply(parameters, inputsOf(hidden)).at(-1) as Tensor)),
});

const cases: readonly LayerCase[] = [
  { name: 'meanPooling', make: () => ({ layer: behindDense((x) => meanPooling(x, groups)), input: members() }), bound: 0.4, rate: 0.5 },
  { name: 'maxPooling', make: () => ({ layer: behindDense((x) => maxPooling(x, groups)), input: members() }), bound: 0.35, rate: 0.5 },
  {
    name: 'linearPooling',
    make: () => ({ layer: grouped(linearPooling({ width: 8, size: 4 })), input: members() }),
    bound: 0.1,
    rate: 0.5,
  },
  {
    name: 'repeatUpsampling',
    make: () => ({ layer: behindDense((x) => repeatUpsampling(x, groups)), input: pooled() }),
    bound: 0.5,
    rate: 0.5,
  },
  {
    name: 'linearUpsampling',
    make: () => ({ layer: grouped(linearUpsampling({ width: 8, size: 4 })), input: pooled() }),
    bound: 0.3,
    rate: 0.5,
  },
  {
    name: 'attentionUpsampling',
    make: () => {
      const layer = attentionUpsampling({ width: 8, heads: 2, before: 1, causal: true });
      const hidden = (x: Tensor): Tensor => meanPooling(x, groups);
      return {
        layer: {
          init: layer.init,
          apply: (parameters, x) => tidy(() => layer.apply(parameters, { hidden: hidden(x), members: x, groups })),
        },
        input: members(),
      };
    },
    bound: 0.5,
    rate: 0.5,
  },
  { name: 'shiftRight', make: () => ({ layer: behindDense((x) => shiftRight(x, 2)), input: members() }), bound: 0.55, rate: 0.5 },
  {
    name: 'hourglassLanguageModel',
    make: () => {
      const sizes = { vocabulary: 7, width: 8, heads: 2, innerWidth: 12, vanillaLayers: [1, 1], hierarchy: '1@2' } as const;
      return { layer: hourglassLanguageModel(sizes), input: tensor2d([1, 5, 2, 6, 0, 3, 4, 2, 6, 5], [2, 5], 'int32') };
    },
    bound: 0.2,
    rate: 0.3,
  },
  {
    name: 'funnelDecoder',
    make: () => ({
      layer: lastOf(funnelDecoder({ width: 8, heads: 2, innerWidth: 12, layers: 2 }), (hidden) => ({ hidden })),
      input: members(),
    }),
    bound: 0.5,
    rate: 0.3,
  },
  {
    name: 'funnelUpsampling',
    make: () => ({ layer: behindDense((x) => funnelUpsampling(x, { stride: 3, length: 11 })), input: pooled() }),
    bound: 0.65,
    rate: 0.5,
  },
  {
    name: 'hatLayer',
    make: () => {
      const layer = hatLayer({ width: 8, heads: 2, innerWidth: 12, segmentLength: 3, maxSegments: 3 }, { sentence: true, document: true });
      return { layer: { init: layer.init, apply: (parameters, hidden) => layer.apply(parameters, { hidden }) }, input: members() };
    },
    bound: 0.45,
    rate: 0.3,
  },
  {
    name: 'patchMerging',
    make: () => {
      const layer = patchMerging({ width: 8 });
      const grid = { height: 3, width: 5 };
      return {
        layer: { init: layer.init, apply: (parameters, hidden) => layer.apply(parameters, { hidden, grid }) },
        input: draw('x', [1, 15, 8]),
      };
    },
    bound: 0.05,
    rate: 0.3,
  },
  {
    name: 'swinStages',
    make: () => {
      const layer = swinStages({ width: 8, window: 2, innerRatio: 2, depths: [1, 1], heads: [1, 2] });
      const grid = { height: 3, width: 5 };
      const states = {
        init: layer.init,
        apply: (parameters: Parameters, inputs: ImageTokens) => layer.apply(parameters, inputs).map(({ tokens }) => tokens.hidden),
      };
      return { layer: lastOf(states, (hidden) => ({ hidden, grid })), input: draw('x', [1, 15, 8]) };
    },
    bound: 0.05,
    rate: 0.3,
  },
  {
    name: 'hourglass',
    make: () => ({
      layer: hourglass({ width: 8, heads: 2, innerWidth: 12, vanillaLayers: [1, 1], hierarchy: '1@3' }),
      input: draw('x', [2, 8, 8]),
    }),
    bound: 0.35,
    rate: 0.3,
  },
  {
    name: 'attentionPooling',
    make: () => {
      const [layer, groups] = [attentionPooling({ width: 8, heads: 2, before: 1 }), groupsFromBoundaries([0, 2, 3, 7, 9])];
      return {
        layer: { init: layer.init, apply: (parameters, hidden) => layer.apply(parameters, { hidden, groups }) },
        input: draw('x', [2, 9, 8]),
      };
    },
    bound: 0.7,
    rate: 0.5,
  },
  {
    name: 'levelTransformer',
    make: () => {
      const levels = levelsOf({
        names: ['word', 'sentence', 'text'],
        offsets: [
          [0, 3, 4, 9],
          [0, 3],
        ],
      });
      const layer = levelTransformer({ width: 8, heads: 2, levels: 3, layers: 1, innerWidth: 12 });
      return {
        layer: { init: layer.init, apply: (parameters, hidden) => concat([...layer.apply(parameters, { hidden, levels })], 1) },
        input: draw('x', [2, 9, 8]),
      };
    },
    bound: 0.5,
    rate: 0.3,
  },
  {
    name: 'funnelEncoder',
    make: () => {
      const layer = funnelEncoder({ width: 8, heads: 2, innerWidth: 12, blockSizes: [1, 1] });
      return {
        layer: { init: layer.init, apply: (parameters, hidden) => concat([...layer.apply(parameters, { hidden })], 1) },
        input: draw('x', [2, 9, 8]),
      };
    },
    bound: 0.7,
    rate: 0.3,
  },
  {
    name: 'hat',
    make: () => {
      const layout = hatLayout('interleaved', { sentences: 2, documents: 1 });
      const layer = hat({ width: 8, heads: 2, innerWidth: 12, segmentLength: 3, maxSegments: 4, layout });
      const mask = [
        [1, 1, 1, 1, 1, 1, 1, 1, 1],
        [1, 1, 1, 1, 0, 0, 0, 0, 0],
      ];
      return {
        layer: { init: layer.init, apply: (parameters, hidden) => clone(layer.apply(parameters, { hidden, mask }).at(-1) as Tensor) },
        input: draw('x', [2, 9, 8]),
      };
    },
    bound: 0.7,
    rate: 0.3,
  },
  {
    name: 'swinStage',
    make: () => {
      const layer = swinStage({ width: 8, heads: 2, innerWidth: 12, window: 2, depth: 2, downsample: true });
      const grid = { height: 3, width: 5 };
      return {
        layer: {
          init: layer.init,
          apply: (parameters, hidden) => clone(layer.apply(parameters, { hidden, grid }).merged?.hidden as Tensor),
        },
        input: draw('x', [1, 15, 8]),
      };
    },
    bound: 0.7,
    rate: 0.3,
  },
];

const mechanisms = cases.map(({ make, ...rest }): Mechanism => {
  const trainable = (): Trainable => {
    const { layer, input } = make();
    return { parameters: layer.init(createKey('training')), run: (each) => layer.apply(each, input, { training: true }) };
  };
  return { ...rest, make: trainable };
});

itLearns(mechanisms, 30);
itLeavesNothing(mechanisms);

it.each(cases)('$name: leaves nothing behind when a parameter is missing', async ({ make }) => {
  const { layer, input } = make();
  expect(() => layer.apply({}, input)).toThrow('is missing');
  expect(await leaked(() => layer.apply({}, input))).toEqual({ tensors: 0, buffers: 0 });
});
