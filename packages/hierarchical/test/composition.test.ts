import {
  chain,
  createKey,
  type Layer,
  type LayerContext,
  type LayerOutput,
  type Parameters,
  paddingOfLengths,
  prefixed,
  residual,
} from '@longspan/core-tensor';
import { hiddenOf, tensorsOfContext, withContextTensors } from '@longspan/core-tensor/layer';
import { recomputedLayer } from '@longspan/reversible';
import { expectClose, withBackend } from '@longspan/tooling/expect';
import { register } from '@longspan/wasm-backend';
import { add, dispose, grads, mul, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  attentionPooling,
  attentionUpsampling,
  funnelDecoder,
  funnelEncoder,
  groupsFromBoundaries,
  hat,
  hatLayer,
  hatSchedule,
  hourglass,
  levelsOf,
  levelTransformer,
  linearPooling,
  linearUpsampling,
  patchMerging,
  swinStage,
  swinStages,
} from '../src/index.ts';
import { draw, lively } from './random.ts';

beforeAll(async () => {
  await withBackend('wasm');
  await register();
});

type AnyLayer = Layer<LayerContext, LayerOutput>;

/** A layer and what it is applied to. */
interface Case {
  readonly name: string;
  readonly layer: AnyLayer;
  readonly x: () => Tensor;
  readonly context: () => LayerContext;
  readonly keepsShape: boolean;
}

const of = <C extends LayerContext, Out extends LayerOutput>(
  layer: Layer<C, Out>,
  shape: readonly number[],
  { context, keepsShape = true }: { readonly context: () => NoInfer<C>; readonly keepsShape?: boolean },
): Case => ({ name: layer.name, layer: layer as object as AnyLayer, x: () => draw('x', shape), context, keepsShape });

const small = { width: 8, heads: 2, innerWidth: 12 };
const groups = groupsFromBoundaries([0, 2, 3, 7, 9]);
const padded = () => ({ padding: paddingOfLengths([9, 4]) });
const image = () => ({ grid: { height: 3, width: 5 } });
const levels = levelsOf({ names: ['word', 'sentence'], offsets: [[0, 3, 4, 9]] });

const cases: readonly Case[] = [
  of(hourglass({ ...small, tokenLayers: [1, 1], hierarchy: '1@2' }), [2, 9, 8], { context: padded }),
  of(funnelEncoder({ ...small, blockSizes: [1, 1] }), [2, 9, 8], { context: padded, keepsShape: false }),
  of(funnelDecoder({ ...small, layers: 1 }), [2, 9, 8], { context: padded }),
  of(hatLayer({ ...small, segmentLength: 4, maxSegments: 4, sentence: true, document: true }), [2, 9, 8], { context: padded }),
  of(hat({ ...small, segmentLength: 3, maxSegments: 4, schedule: hatSchedule('late', { sentences: 2, documents: 1 }) }), [2, 9, 8], {
    context: padded,
  }),
  of(levelTransformer({ ...small, levels: 2, layers: 1 }), [2, 9, 8], { context: () => ({ levels }) }),
  of(attentionPooling({ width: 8, heads: 2, before: 1 }), [2, 9, 8], { context: () => ({ groups }), keepsShape: false }),
  of(attentionUpsampling({ width: 8, heads: 2 }), [2, 4, 8], {
    context: () => ({ groups, members: draw('members', [2, 9, 8]) }),
    keepsShape: false,
  }),
  of(linearPooling({ width: 8, members: 4 }), [2, 9, 8], { context: () => ({ groups }), keepsShape: false }),
  of(linearUpsampling({ width: 8, members: 4 }), [2, 4, 8], { context: () => ({ groups }), keepsShape: false }),
  of(patchMerging({ width: 8 }), [1, 15, 8], { context: image, keepsShape: false }),
  of(swinStage({ ...small, windowSide: 2, depth: 2 }), [1, 15, 8], { context: image }),
  of(swinStages({ width: 8, windowSide: 2, depths: [1, 1], heads: [1, 2] }), [1, 15, 8], { context: image, keepsShape: false }),
];

/** All outputs, then the gradients of x, of all parameters and of the tensors of the context, under random cotangents. */
function differentiated(layer: AnyLayer, parameters: Parameters, x: Tensor, context: LayerContext): Tensor[] {
  const names = Object.keys(parameters);
  const given = [x, ...Object.values(parameters), ...tensorsOfContext(context)];
  const run = ([x, ...rest]: readonly Tensor[]) => {
    const own = Object.fromEntries(names.map((name, at) => [name, rest[at] as Tensor]));
    return tensorsOfContext(layer.apply(own, x as Tensor, withContextTensors(context, rest.slice(names.length))));
  };
  const loss = (...tensors: Tensor[]) =>
    run(tensors)
      .map((each, at) => sum(mul(each, draw(`cotangent ${at}`, each.shape))))
      .reduce((one, other) => add(one, other));
  return [...run(given), ...grads(loss)(given)];
}

describe.each(cases)('$name', ({ layer, x, context, keepsShape }) => {
  it('stands in a chain, and within residual where it keeps the shape', async () => {
    const [parameters, input, given] = [lively(layer.init), x(), context()];
    const alone = tidy(() => hiddenOf(layer.apply(parameters, input, given)));
    const chained = chain({ it: layer as Layer }).apply(prefixed('it', parameters), input, given);
    expect(await chained.data()).toEqual(await alone.data());
    if (keepsShape) {
      const sum = tidy(() => hiddenOf(residual(layer).apply(parameters, input, given)));
      const expected = add(input, alone);
      expectClose(await sum.data(), await expected.data(), { atol: 1e-6, rtol: 1e-6 });
      dispose([sum, expected]);
    } else {
      expect(alone.shape).not.toEqual(input.shape);
    }
    dispose([Object.values(parameters), input, alone, chained, [...tensorsOfContext(given)]]);
  });

  it('is the same within recomputedLayer: all outputs, and the gradients of x, parameters and context', async () => {
    const [parameters, input, given] = [lively(layer.init), x(), context()];
    const expected = differentiated(layer, parameters, input, given);
    const found = differentiated(recomputedLayer(layer), parameters, input, given);
    expect(found.length).toBe(expected.length);
    for (const [at, each] of expected.entries()) {
      const [one, other] = [await each.data(), await (found[at] as Tensor).data()];
      const largest = Math.max(...Array.from(one, Math.abs));
      expectClose(other, one, { atol: 1e-4 * largest + 1e-5, rtol: 1e-4 }, `tensor ${at}`);
    }
    dispose([expected, found, Object.values(parameters), input, [...tensorsOfContext(given)]]);
  });

  it('rejects a name of the context that it does not read', () => {
    const [parameters, input, given] = [layer.init(createKey(0)), x(), context()];
    const wrong = { ...given, biases: 1 };
    expect(() => layer.apply(parameters, input, wrong)).toThrow('every name of the context must be one that the layer');
    dispose([Object.values(parameters), input, [...tensorsOfContext(given)]]);
  });
});
