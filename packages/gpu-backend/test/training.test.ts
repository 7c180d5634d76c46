import {
  adamWStep,
  applyDropout,
  applyFeedForward,
  applyLayerNorm,
  applyLinear,
  applyRmsNorm,
  createKey,
  crossEntropy,
  type FeedForwardParameters,
  gatherRows,
  gelu,
  normal,
} from '@longspan/core-tensor';
import { leaked } from '@longspan/tooling/expect';
import { add, dispose, grads, memory, mul, reshape, type Scalar, type Tensor, tensor1d, tidy, zeros } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registered } from './registered.ts';
import { counted, webgpu } from './tfjs-parts.ts';

let leave = (): void => {};
beforeAll(async () => {
  leave = (await registered()).unregister;
});
afterAll(() => leave());

const drawn = (name: string, shape: number[]): Tensor => normal(createKey(name), shape);
const [width, inner, vocabulary] = [8, 16, 20];
const ids = (): Tensor => tensor1d([1, 2, 2, 19, 0, 5, 5, 5, 7, 3], 'int32');

const shapes: Readonly<Record<string, number[]>> = {
  table: [vocabulary, width],
  norm: [width],
  shift: [width],
  innerWeight: [inner, width],
  innerBias: [inner],
  outerWeight: [width, inner],
  outerBias: [width],
  root: [width],
  map: [width, width],
};
const names = Object.keys(shapes);
const recordOf = (of: (name: string, at: number) => Tensor): Record<string, Tensor> =>
  Object.fromEntries(names.map((name, at) => [name, of(name, at)]));

const parameters = (): Tensor[] => names.map((name) => drawn(name, shapes[name] as number[]));

type OfModel = Record<'table' | 'norm' | 'shift' | 'root' | 'map', Tensor> & FeedForwardParameters;

/** A model of one layer that goes through every contract but attention; the table is both embedding and output. */
function loss(given: readonly Tensor[], tokensOf: Tensor): Scalar {
  const { table, norm, shift, root, map, ...layer } = recordOf((_, at) => given[at] as Tensor) as OfModel;
  const x = applyDropout(gatherRows(table, tokensOf), 0.1, createKey(1));
  const y = add(x, applyFeedForward(applyLayerNorm(x, norm, shift), layer, { chunkLength: 6 }));
  const z = gelu(applyLinear(applyRmsNorm(y, root), map));
  return reshape(crossEntropy(applyLinear(z, table), tokensOf), []);
}

/** One step: the gradients of all parameters, and all of them stepped. */
function step(given: readonly Tensor[], tokensOf: Tensor): Tensor[] {
  const gradients = grads((...all: Tensor[]) => loss(all, tokensOf))([...given]);
  const moments = () => recordOf((name) => zeros(shapes[name] as number[]));
  const state = { parameters: recordOf((_, at) => given[at] as Tensor), firstMoments: moments(), secondMoments: moments() };
  const options = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, step: 1 };
  const stepped = adamWStep(
    state,
    recordOf((_, at) => gradients[at] as Tensor),
    options,
  );
  dispose([gradients, state.firstMoments, state.secondMoments] as never);
  return Object.values(stepped).flatMap((record) => Object.values(record));
}

describe('a training step through every contract', () => {
  it('reads nothing back, submits nothing but full batches of tfjs, and takes few dispatches', async () => {
    const [given, tokensOf] = [parameters(), ids()];
    for (const each of [...given, tokensOf]) await mul(each, 1).data();
    await Promise.all(step(given, tokensOf).map((each) => each.data()));
    const before = webgpu().dispatchCountInPass;
    const { reads, submits, dispatches } = counted(() => tidy(() => void step(given, tokensOf)));
    expect(reads).toBe(0);
    expect(submits).toBe(Math.floor((before + dispatches) / 15));
    expect(dispatches).toBeLessThanOrEqual(47); // 353 where the references run
  });

  it('gives the same bits twice', async () => {
    const [given, tokensOf] = [parameters(), ids()];
    const bits = async () =>
      Promise.all(step(given, tokensOf).map(async (each) => [...new Uint32Array((await each.data()).slice().buffer)]));
    expect(await bits()).toEqual(await bits());
  });

  it('50 of them leave tensors, buffers and bytes on the device as they were', async () => {
    const [given, tokensOf] = [parameters(), ids()];
    const state = () => {
      const { numTensors, numDataBuffers } = memory();
      const { bufferManager } = webgpu();
      const { numBytesAllocated } = bufferManager;
      return {
        numTensors,
        numDataBuffers,
        numBytesAllocated,
        used: bufferManager.getNumUsedBuffers(),
        free: bufferManager.getNumFreeBuffers(),
      };
    };
    // Submits come every 15 programs: buffers are compared where none waits for one.
    const settled = async () => {
      tidy(() => void step(given, tokensOf));
      const probe = mul(given[1] as Tensor, 1);
      await probe.data();
      probe.dispose();
      return state();
    };
    for (let at = 0; at < 10; at++) await settled();
    const before = await settled();
    for (let at = 0; at < 50; at++) await settled();
    expect(await settled()).toEqual(before);
  });

  it('leaves no tensors behind', async () => {
    const [given, tokensOf] = [parameters(), ids()];
    expect(await leaked(() => step(given, tokensOf))).toEqual({ tensors: 0, buffers: 0 });
  });
});
