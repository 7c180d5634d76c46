import type { Layer } from '@longspan/core-tensor';
import { leaked, withBackend } from '@longspan/tooling/expect';
import { register } from '@longspan/wasm-backend';
import { clone, concat, dispose, mul, sum, type Tensor, tidy, type Variable, variable, variableGrads } from '@tensorflow/tfjs-core';
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
import { trainTowards } from './training.ts';

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
    const { before, after } = await trainTowards(layer, input, { steps: 30, rate, scale: 1 });
    expect(after / before).toBeLessThan(bound);
    input.dispose();
  });

  it('leaves nothing behind in 100 steps', async () => {
    const { layer, input } = make();
    const parameters = lively(layer.init);
    const variables: Record<string, Variable> = Object.fromEntries(
      Object.entries(parameters).map(([name, each]) => [name, variable(each)]),
    );
    const cotangent = tidy(() => draw('cotangent', layer.apply(parameters, input).shape));
    const steps = (count: number) => async (): Promise<Tensor[]> => {
      for (let step = 0; step < count; step++) {
        const { value, grads } = variableGrads(() => sum(mul(layer.apply(variables, input), cotangent)));
        dispose([value, grads]);
      }
      return [];
    };
    await steps(1)(); // what tfjs keeps of itself after the first run
    expect(await leaked(steps(100))).toEqual({ tensors: 0, buffers: 0 });
    dispose([Object.values(variables), Object.values(parameters), cotangent, input]);
  });

  it('leaves nothing behind when a parameter is missing', async () => {
    const { layer, input } = make();
    expect(() => layer.apply({}, input)).toThrow('is missing');
    expect(await leaked(() => layer.apply({}, input))).toEqual({ tensors: 0, buffers: 0 });
    input.dispose();
  });
});
