import { type Layer, type LayerContext, type LayerOutput, type LayerWrapper, type Parameters, padding } from '@longspan/core-tensor';
import { tensorsOfContext } from '@longspan/core-tensor/layer';
import { recomputedLayer } from '@longspan/reversible';
import { expectClose, leaked, onBackends, withBackend } from '@longspan/tooling/expect';
import { register } from '@longspan/wasm-backend';
import { concat, dispose, grads, memory, mul, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { funnelDecoder, funnelEncoder, hat, hatSchedule, hourglass, levelsOf, levelTransformer, swinStage } from '../src/index.ts';
import { draw, lively } from './random.ts';

interface RecomputeOptions {
  readonly wrapLayer?: LayerWrapper;
  readonly chunkLength?: number;
}

/** A layer with its context: what it gives, all outputs as one tensor. */
interface Made {
  readonly init: Layer['init'];
  run(parameters: Parameters, x: Tensor): Tensor;
}

interface Mechanism {
  readonly name: string;
  readonly length: number;
  readonly make: (options: RecomputeOptions) => Made;
}

const small = { width: 8, heads: 2, innerWidth: 12 } as const;
const recomputed: RecomputeOptions = { wrapLayer: recomputedLayer, chunkLength: 8192 };

const made = <C extends LayerContext, Out extends LayerOutput>(layer: Layer<C, Out>, context: C): Made => ({
  init: layer.init,
  run: (parameters, x) => tidy(() => concat([...tensorsOfContext((layer as Layer<LayerContext, Out>).apply(parameters, x, context))], 1)),
});

const padded = padding([
  [1, 1, 1, 1, 1, 1, 1, 1, 1],
  [1, 1, 1, 1, 0, 0, 0, 0, 0],
]);
const levels = levelsOf({ names: ['word', 'sentence'], offsets: [[0, 3, 4, 9]] });

const mechanisms: readonly Mechanism[] = [
  {
    name: 'hourglass',
    length: 11,
    make: (options) => {
      const window = { left: 4, right: 0 };
      return made(hourglass({ ...small, ...options, tokenLayers: [1, 1], hierarchy: '1@2 1@4 1@2', window }), {});
    },
  },
  {
    name: 'funnelEncoder',
    length: 9,
    make: (options) => made(funnelEncoder({ ...small, ...options, blockSizes: [1, 1] }), { padding: padded }),
  },
  {
    name: 'funnelDecoder',
    length: 9,
    make: (options) => made(funnelDecoder({ ...small, ...options, layers: 1, window: { left: 2, right: 2 } }), {}),
  },
  {
    name: 'hat',
    length: 9,
    make: (options) => {
      const schedule = hatSchedule('interleaved', { sentences: 2, documents: 1 });
      return made(hat({ ...small, ...options, segmentLength: 3, maxSegments: 4, schedule }), { padding: padded });
    },
  },
  {
    name: 'swinStage',
    length: 15,
    make: (options) => made(swinStage({ ...small, ...options, windowSide: 2, depth: 2 }), { grid: { height: 3, width: 5 } }),
  },
  {
    name: 'levelTransformer',
    length: 9,
    make: (options) => made(levelTransformer({ ...small, ...options, levels: 2, layers: 1 }), { levels }),
  },
];

/** The output, then the gradients of the input and of all parameters, under a random cotangent; and what there was after the forward pass. */
function differentiated(layer: Made, parameters: Parameters, x: Tensor): { readonly tensors: Tensor[]; readonly held: number } {
  const names = Object.keys(parameters);
  const out = layer.run(parameters, x);
  const cotangent = draw('cotangent', out.shape);
  let held = 0;
  const gradients = grads((x: Tensor, ...values: Tensor[]) => {
    const before = memory().numTensors;
    const result = layer.run(Object.fromEntries(names.map((name, at) => [name, values[at] as Tensor])), x);
    const loss = sum(mul(result, cotangent));
    held = memory().numTensors - before;
    return loss;
  })([x, ...Object.values(parameters)]);
  cotangent.dispose();
  return { tensors: [out, ...gradients], held };
}

onBackends('recomputedLayer around the layers within', () => {
  it.each(mechanisms)('$name: outputs and all gradients are those of layers that keep what they made', async ({ length, make }) => {
    const [kept, again] = [make({}), make(recomputed)];
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

describe('recomputing in chunks', () => {
  beforeAll(async () => {
    await withBackend('wasm');
    await register();
  });

  it('a Funnel of more tokens than a chunk holds gives the same, runs of queries with the keys they attend to', async () => {
    const sizes = { width: 4, heads: 1, innerWidth: 4, blockSizes: [1, 1], window: { left: 3, right: 3 } } as const;
    const last = (options: RecomputeOptions): Made => {
      const layer = funnelEncoder({ ...sizes, ...options });
      return { init: layer.init, run: (parameters, x) => tidy(() => layer.apply(parameters, x).hidden) };
    };
    const parameters = lively(last({}).init);
    const x = draw('x', [1, 8192 + 10, sizes.width]);
    const [expected, found] = [differentiated(last({}), parameters, x).tensors, differentiated(last(recomputed), parameters, x).tensors];
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
