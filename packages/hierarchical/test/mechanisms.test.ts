import { createKey, type Layer, type Parameters } from '@longspan/core-tensor';
import { leaked, leakedInSteps, trainTowards, withBackend } from '@longspan/tooling/expect';
import { register } from '@longspan/wasm-backend';
import { clone, concat, dispose, type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  attentionPooling,
  funnelEncoder,
  groupsAt,
  hat,
  hatLayout,
  hourglass,
  levelsOf,
  levelTransformer,
  swinStage,
} from '../src/index.ts';
import { draw, lively } from './random.ts';

beforeAll(async () => {
  await withBackend('wasm');
  await register();
});

interface Mechanism {
  readonly name: string;
  /** The layer with its inputs: how it is run, from parameters alone. */
  readonly make: () => { readonly layer: Layer<Tensor, Tensor>; readonly input: Tensor };
  /** The share of the first squared error that may be left after the steps. */
  readonly bound: number;
  readonly rate: number;
}

const mechanisms: readonly Mechanism[] = [
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
      const [layer, groups] = [attentionPooling({ width: 8, heads: 2, before: 1 }), groupsAt([0, 2, 3, 7, 9])];
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

describe.each(mechanisms)('$name', ({ make, bound, rate }) => {
  it(`learns: within 30 plain steps towards a random target the squared error falls below its bound of ${bound}`, async () => {
    const { layer, input } = make();
    const parameters = layer.init(createKey('training'));
    const run = (each: Parameters): Tensor => layer.apply(each, input, { training: true });
    const { before, after } = await trainTowards({ parameters, run }, { steps: 30, rate });
    expect(after / before).toBeLessThan(bound);
    dispose([Object.values(parameters), input]);
  });

  it('leaves nothing behind in 100 steps', async () => {
    const { layer, input } = make();
    const parameters = lively(layer.init);
    expect(await leakedInSteps({ parameters, run: (each) => layer.apply(each, input) }, 100)).toEqual({ tensors: 0, buffers: 0 });
    dispose([Object.values(parameters), input]);
  });

  it('leaves nothing behind when a parameter is missing', async () => {
    const { layer, input } = make();
    expect(() => layer.apply({}, input)).toThrow('is missing');
    expect(await leaked(() => layer.apply({}, input))).toEqual({ tensors: 0, buffers: 0 });
    input.dispose();
  });
});
