import type { Layer, Parameters } from '@longspan/core-tensor';
import { expectClose, leaked, onBackends, withBackend } from '@longspan/tooling/expect';
import { register } from '@longspan/wasm-backend';
import { clone, concat, dispose, grads, memory, mul, sum, type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { funnelDecoder, funnelEncoder, hat, hatLayout, hourglass, levelsOf, levelTransformer, swinStage } from '../src/index.ts';
import { type RecomputeConfig, recomputes } from '../src/layer/recomputed-part.ts';
import { draw, lively } from './random.ts';

interface Mechanism {
  readonly name: string;
  readonly length: number;
  readonly make: (option: RecomputeConfig) => Layer<Tensor, Tensor>;
}

const small = { width: 8, heads: 2, innerWidth: 12 } as const;

/** All outputs of a layer as one tensor. */
const joined = <Inputs>(
  { init, apply }: Layer<Inputs, readonly Tensor[]>,
  inputsOf: (hidden: Tensor) => Inputs,
): Layer<Tensor, Tensor> => ({
  init,
  apply: (parameters, hidden) => tidy(() => concat([...apply(parameters, inputsOf(hidden))], 1)),
});

const mask = [
  [1, 1, 1, 1, 1, 1, 1, 1, 1],
  [1, 1, 1, 1, 0, 0, 0, 0, 0],
];
const levels = levelsOf({ names: ['word', 'sentence'], offsets: [[0, 3, 4, 9]] });

const mechanisms: readonly Mechanism[] = [
  {
    name: 'hourglass',
    length: 11,
    make: (option) => hourglass({ ...small, ...option, vanillaLayers: [1, 1], hierarchy: '1@2 1@4 1@2', window: 5 }),
  },
  {
    name: 'funnelEncoder',
    length: 9,
    make: (option) => joined(funnelEncoder({ ...small, ...option, blockSizes: [1, 1] }), (hidden) => ({ hidden, mask })),
  },
  {
    name: 'funnelDecoder',
    length: 9,
    make: (option) => joined(funnelDecoder({ ...small, ...option, layers: 1, window: 2 }), (hidden) => ({ hidden })),
  },
  {
    name: 'hat',
    length: 9,
    make: (option) => {
      const layout = hatLayout('interleaved', { sentences: 2, documents: 1 });
      return joined(hat({ ...small, ...option, segmentLength: 3, maxSegments: 4, layout }), (hidden) => ({ hidden, mask }));
    },
  },
  {
    name: 'swinStage',
    length: 15,
    make: (option) => {
      const stage = swinStage({ ...small, ...option, window: 2, depth: 2 });
      const grid = { height: 3, width: 5 };
      return { init: stage.init, apply: (parameters, hidden) => stage.apply(parameters, { hidden, grid }).tokens.hidden };
    },
  },
  {
    name: 'levelTransformer',
    length: 9,
    make: (option) => joined(levelTransformer({ ...small, ...option, levels: 2, layers: 1 }), (hidden) => ({ hidden, levels })),
  },
];

/** The output, then the gradients of the input and of all parameters, under a random cotangent; and what there was after the forward pass. */
function differentiated(
  layer: Layer<Tensor, Tensor>,
  parameters: Parameters,
  x: Tensor,
): { readonly tensors: Tensor[]; readonly held: number } {
  const names = Object.keys(parameters);
  const out = layer.apply(parameters, x);
  const cotangent = draw('cotangent', out.shape);
  let held = 0;
  const gradients = grads((x: Tensor, ...values: Tensor[]) => {
    const before = memory().numTensors;
    const made = layer.apply(Object.fromEntries(names.map((name, at) => [name, values[at] as Tensor])), x);
    const loss = sum(mul(made, cotangent));
    held = memory().numTensors - before;
    return loss;
  })([x, ...Object.values(parameters)]);
  cotangent.dispose();
  return { tensors: [out, ...gradients], held };
}

onBackends('recompute', () => {
  it.each(mechanisms)('$name: outputs and all gradients are those of layers that keep what they made', async ({ length, make }) => {
    const [kept, again] = [make({ recompute: false }), make({ recompute: true })];
    const parameters = lively(kept.init);
    const x = draw('x', [length === 15 ? 1 : 2, length, small.width]);
    const [expected, found] = [differentiated(kept, parameters, x), differentiated(again, parameters, x)];
    const names = ['out', 'x', ...Object.keys(parameters)];
    for (const [at, name] of names.entries()) {
      const [one, other] = [expected.tensors[at] as Tensor, found.tensors[at] as Tensor];
      expect(other.shape).toEqual(one.shape);
      expectClose(await other.data(), await one.data(), { atol: 1e-4, rtol: 1e-4 }, name);
    }
    // Of each layer its parameters and inputs stay, whose number is the same; nothing of what lies between.
    expect(found.held).toBeLessThan(0.65 * expected.held);
    expect(await leaked(() => differentiated(again, parameters, x).tensors)).toEqual({ tensors: 0, buffers: 0 });
    dispose([expected.tensors, found.tensors, Object.values(parameters), x]);
  });
});

describe('recompute in chunks', () => {
  beforeAll(async () => {
    await withBackend('wasm');
    await register();
  });

  it('a Funnel of more tokens than a chunk holds gives the same, runs of queries with the keys they see', async () => {
    const sizes = { width: 4, heads: 1, innerWidth: 4, blockSizes: [1, 1], window: 3 } as const;
    const last = (recompute: boolean): Layer<Tensor, Tensor> => {
      const { init, apply } = funnelEncoder({ ...sizes, recompute });
      return { init, apply: (parameters, hidden) => tidy(() => clone(apply(parameters, { hidden }).at(-1) as Tensor)) };
    };
    const parameters = lively(last(false).init);
    const x = draw('x', [1, 8192 + 10, sizes.width]);
    const [expected, found] = [differentiated(last(false), parameters, x).tensors, differentiated(last(true), parameters, x).tensors];
    const names = ['out', 'x', ...Object.keys(parameters)];
    for (const [at, name] of names.entries()) {
      const [one, other] = [await (expected[at] as Tensor).data(), await (found[at] as Tensor).data()];
      const largest = Math.max(...Array.from(one, Math.abs));
      // A bias of all keys moves no softmax: its gradient is rounding alone.
      expectClose(other, one, { atol: 1e-4 * largest + 1e-6, rtol: 1e-4 }, name);
    }
    dispose([expected, found, Object.values(parameters), x]);
  });
});

it('is the default from 2^22 numbers on', () => {
  const [less, more] = [zeros([1, 2 ** 16, 63]), zeros([1, 2 ** 16, 64])];
  expect([recomputes(undefined, less), recomputes(undefined, more)]).toEqual([false, true]);
  expect([recomputes(true, less), recomputes(false, more)]).toEqual([true, false]);
  dispose([less, more]);
});
