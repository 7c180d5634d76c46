import { createKey, defineLayer, type Layer, linear, paddingOfLengths } from '@longspan/core-tensor';
import { itLearns, itLeavesNothing, leaked, type Mechanism, type Trainable, withBackend } from '@longspan/tooling/expect';
import { register } from '@longspan/wasm-backend';
import { concat, type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import {
  attentionPooling,
  attentionUpsampling,
  funnelDecoder,
  funnelEncoder,
  funnelUpsampling,
  groupsFromBoundaries,
  hat,
  hatLayer,
  hatSchedule,
  hourglass,
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
import { type Made, made } from './made.ts';
import { draw } from './random.ts';

beforeAll(async () => {
  await withBackend('wasm');
  await register();
});

/** A mechanism as a layer that can be made, with what it is applied to. */
interface LayerCase extends Omit<Mechanism, 'make'> {
  readonly make: () => Made;
}

const groups = groupsFromBoundaries([0, 2, 3, 7, 9]);
const grid = { height: 3, width: 5 };
const small = { width: 8, heads: 2, innerWidth: 12 };
const members = (): Tensor => draw('x', [2, 9, 8]);
const pooled = (): Tensor => draw('x', [2, 4, 8]);
const pixels = (): Tensor => draw('x', [1, 15, 8]);
const training = { training: true };

/** What has no parameters of its own learns through a dense layer before it. */
const afterDense = (then: (x: Tensor) => Tensor): Layer => {
  const dense = linear({ inFeatures: 8, outFeatures: 8 });
  return defineLayer({ name: 'afterDense', spec: dense.spec, run: (own, x, context) => then(dense.run(own, x, context)) });
};

/** Members that are pooled first and then upsampled again by attention. */
const upsampledAgain = (): Layer => {
  const layer = attentionUpsampling({ width: 8, heads: 2, before: 1, causal: true });
  return defineLayer({
    name: 'upsampledAgain',
    spec: layer.spec,
    run: (own, x, context) => layer.run(own, meanPooling(x, groups), { ...context, members: x, groups }),
  });
};

const levels = levelsOf({
  names: ['word', 'sentence', 'text'],
  offsets: [
    [0, 3, 4, 9],
    [0, 3],
  ],
});

const allStates = ({ states }: { readonly states: readonly Tensor[] }): Tensor => concat([...states], 1);

const cases: readonly LayerCase[] = [
  {
    name: 'meanPooling',
    make: () =>
      made(
        afterDense((x) => meanPooling(x, groups)),
        members(),
        training,
      ),
    bound: 0.4,
    rate: 0.5,
  },
  {
    name: 'maxPooling',
    make: () =>
      made(
        afterDense((x) => maxPooling(x, groups)),
        members(),
        training,
      ),
    bound: 0.35,
    rate: 0.5,
  },
  {
    name: 'linearPooling',
    make: () => made(linearPooling({ width: 8, members: 4 }), members(), { groups, ...training }),
    bound: 0.1,
    rate: 0.5,
  },
  {
    name: 'repeatUpsampling',
    make: () =>
      made(
        afterDense((x) => repeatUpsampling(x, groups)),
        pooled(),
        training,
      ),
    bound: 0.5,
    rate: 0.5,
  },
  {
    name: 'linearUpsampling',
    make: () => made(linearUpsampling({ width: 8, members: 4 }), pooled(), { groups, ...training }),
    bound: 0.3,
    rate: 0.5,
  },
  { name: 'attentionUpsampling', make: () => made(upsampledAgain(), members(), training), bound: 0.5, rate: 0.5 },
  {
    name: 'shiftRight',
    make: () =>
      made(
        afterDense((x) => shiftRight(x, 2)),
        members(),
        training,
      ),
    bound: 0.55,
    rate: 0.5,
  },
  { name: 'funnelDecoder', make: () => made(funnelDecoder({ ...small, layers: 2 }), members(), training), bound: 0.5, rate: 0.3 },
  {
    name: 'funnelUpsampling',
    make: () =>
      made(
        afterDense((x) => funnelUpsampling(x, { stride: 3, length: 11 })),
        pooled(),
        training,
      ),
    bound: 0.65,
    rate: 0.5,
  },
  {
    name: 'hatLayer',
    make: () => made(hatLayer({ ...small, segmentLength: 3, maxSegments: 3, sentence: true, document: true }), members(), training),
    bound: 0.45,
    rate: 0.3,
  },
  { name: 'patchMerging', make: () => made(patchMerging({ width: 8 }), pixels(), { grid, ...training }), bound: 0.05, rate: 0.3 },
  {
    name: 'swinStages',
    make: () => {
      const stages = swinStages({ width: 8, windowSide: 2, innerRatio: 2, depths: [1, 1], heads: [1, 2] });
      return made(stages, pixels(), { grid, ...training });
    },
    bound: 0.05,
    rate: 0.3,
  },
  {
    name: 'hourglass',
    make: () => made(hourglass({ ...small, tokenLayers: [1, 1], hierarchy: '1@3' }), draw('x', [2, 8, 8]), training),
    bound: 0.35,
    rate: 0.3,
  },
  {
    name: 'attentionPooling',
    make: () => made(attentionPooling({ width: 8, heads: 2, before: 1 }), members(), { groups, ...training }),
    bound: 0.7,
    rate: 0.5,
  },
  {
    name: 'levelTransformer',
    make: () => made(levelTransformer({ ...small, levels: 3, layers: 1 }), members(), { levels, ...training }, allStates),
    bound: 0.5,
    rate: 0.3,
  },
  {
    name: 'funnelEncoder',
    make: () => made(funnelEncoder({ ...small, blockSizes: [1, 1] }), members(), training, allStates),
    bound: 0.7,
    rate: 0.3,
  },
  {
    name: 'hat',
    make: () => {
      const schedule = hatSchedule('interleaved', { sentences: 2, documents: 1 });
      const layers = hat({ ...small, segmentLength: 3, maxSegments: 4, schedule });
      return made(layers, members(), { padding: paddingOfLengths([9, 4]), ...training });
    },
    bound: 0.7,
    rate: 0.3,
  },
  {
    name: 'swinStage',
    make: () => made(swinStage({ ...small, windowSide: 2, depth: 2, downsample: true }), pixels(), { grid, ...training }),
    bound: 0.7,
    rate: 0.3,
  },
];

const mechanisms = cases.map(({ make, ...rest }): Mechanism => {
  const trainable = (): Trainable => {
    const { init, run } = make();
    return { parameters: init(createKey('training')), run };
  };
  return { ...rest, make: trainable };
});

itLearns(mechanisms, 30);
itLeavesNothing(mechanisms);

it.each(cases)('$name: leaves nothing behind when a parameter is missing', async ({ make }) => {
  const { run } = make();
  expect(() => run({})).toThrow('must be given');
  expect(await leaked(() => run({}))).toEqual({ tensors: 0, buffers: 0 });
});
