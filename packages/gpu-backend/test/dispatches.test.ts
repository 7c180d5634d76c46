import {
  applyFeedForward,
  applyHeadProjections,
  applyLayerNorm,
  applyLinear,
  applyRmsNorm,
  applyRotary,
  createKey,
  crossEntropy,
  gelu,
  normal,
  type PackedWeight,
  packWeight,
  rotaryTables,
} from '@longspan/core-tensor';
import { linearContract, rotaryContract } from '@longspan/core-tensor/kernel';
import '@longspan/tooling/expect';
import { concat, grads, relu, reshape, type Tensor, tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { registered } from './registered.ts';
import { counted } from './tfjs-parts.ts';

let leave = (): void => {};
let packed: PackedWeight;
beforeAll(async () => {
  leave = (await registered()).unregister;
  packed = await packWeight(weight(), 'float16');
});
afterAll(() => leave());

const rows = 40;
const [width, out] = [8, 12];
const drawn = (name: string, shape: readonly number[]): Tensor => normal(createKey(name), [...shape]);
const [x, long, weight, bias] = [
  () => drawn('x', [rows, width]),
  () => drawn('long x', [9000, width]),
  () => drawn('weight', [out, width]),
  () => drawn('bias', [out]),
];
const feedForward = (): Tensor[] => [x(), weight(), bias(), drawn('outer', [width, out]), drawn('shift', [width])];
const layerOf = ([innerWeight, innerBias, outerWeight, outerBias]: Tensor[]) =>
  ({ innerWeight, innerBias, outerWeight, outerBias }) as never;

/** Of queries, keys and values [1, rows, width] -> [1, 3, rows, 4], joined. */
const projected = (of: Tensor, ...parameters: Tensor[]): Tensor => {
  const hasBias = parameters.length > 3;
  const projections = [0, 1, 2].map((at) => {
    const [own, shift] = hasBias ? parameters.slice(2 * at, 2 * at + 2) : [parameters[at]];
    return { weight: own as Tensor, bias: shift, heads: 3 };
  });
  return concat(applyHeadProjections(reshape(of, [1, rows, width]), projections));
};

interface Call {
  readonly inputs: () => Tensor[];
  readonly run: (...inputs: Tensor[]) => Tensor;
  readonly forward: number;
  readonly backward: number;
}

/** Calls as functions of what has gradients. */
const calls: Readonly<Record<string, Call>> = {
  'layer norm': {
    inputs: () => [x(), drawn('scale', [width]), drawn('shift', [width])],
    run: (of, scale, shift) => applyLayerNorm(of as Tensor, scale, shift),
    forward: 1,
    backward: 2,
  },
  'layer norm without weight and bias': { inputs: () => [x()], run: (of) => applyLayerNorm(of as Tensor), forward: 1, backward: 1 },
  'RMS norm': {
    inputs: () => [x(), drawn('scale', [width])],
    run: (of, scale) => applyRmsNorm(of as Tensor, scale),
    forward: 1,
    backward: 2,
  },
  'linear map': {
    inputs: () => [x(), weight(), bias()],
    run: (of, w, b) => applyLinear(of as Tensor, w as Tensor, b),
    forward: 1,
    backward: 2,
  },
  'linear map of thousands of rows, in two parts': {
    inputs: () => [long(), weight(), bias()],
    run: (of, w, b) => applyLinear(of as Tensor, w as Tensor, b),
    forward: 1,
    backward: 3,
  },
  'linear map without bias': {
    inputs: () => [x(), weight()],
    run: (of, w) => applyLinear(of as Tensor, w as Tensor),
    forward: 1,
    backward: 2,
  },
  'linear map by a weight that has no gradient': {
    inputs: () => [x(), bias()],
    run: (of, b) => applyLinear(of as Tensor, weight(), b),
    forward: 1,
    backward: 2,
  },
  'linear map by a weight in float16': {
    inputs: () => [x(), bias()],
    run: (of, b) => applyLinear(of as Tensor, packed, b),
    forward: 1,
    backward: 2,
  },
  'projections to heads, and a joint': {
    inputs: () => [x(), weight(), weight(), weight()],
    run: (of, ...weights) => projected(of as Tensor, ...weights),
    forward: 2,
    backward: 3 + 1 + 1,
  },
  'projections to heads with biases, and a joint': {
    inputs: () => [x(), weight(), bias(), weight(), bias(), weight(), bias()],
    run: (of, ...parameters) => projected(of as Tensor, ...parameters),
    forward: 2,
    backward: 3 + 1 + 1,
  },
  'feed-forward layer': {
    inputs: feedForward,
    run: (of, ...layer) => applyFeedForward(of as Tensor, layerOf(layer), { activation: 'geluTanh' }),
    forward: 2,
    backward: 4,
  },
  'feed-forward layer in two chunks': {
    inputs: feedForward,
    run: (of, ...layer) => applyFeedForward(of as Tensor, layerOf(layer), { chunkLength: rows / 2 }),
    forward: 4,
    backward: 10,
  },
  'rotary positions': {
    inputs: () => [drawn('heads', [2, 3, 4, width])],
    run: (of) => applyRotary(of as Tensor, rotaryTables([0, 1, 2, 3], width, { style: 'interleaved' })),
    forward: 1,
    backward: 1,
  },
  'rotary positions of queries and keys, and a joint': {
    inputs: () => [drawn('queries', [2, 3, 4, width]), drawn('keys', [2, 1, 4, width])],
    run: (queries, keys) => {
      const { cosines, sines, ...attributes } = rotaryTables([0, 1, 2, 3], width, { style: 'half' });
      return concat([...rotaryContract.run([queries as Tensor, cosines, sines, keys as Tensor], attributes)], 1);
    },
    forward: 2,
    backward: 2 + 1,
  },
  gelu: { inputs: () => [x()], run: (of) => gelu(of as Tensor), forward: 1, backward: 1 },
  'cross entropy': {
    inputs: () => [x()],
    run: (logits) =>
      crossEntropy(
        logits as Tensor,
        tensor1d(
          Int32Array.from({ length: rows }, (_, row) => row % width),
          'int32',
        ),
      ),
    forward: 2,
    backward: 1,
  },
};

it('more than 2²⁴ numbers are activated before they are mapped, to the same bits', async () => {
  const [count, features] = [32800, 512];
  const many = tensor(
    Float32Array.from({ length: count * features }, (_, at) => ((at * 40503) % 1021) / 512 - 1),
    [count, features],
  );
  const map = (of: Tensor, activation?: 'relu') =>
    linearContract.run([of, drawn('narrow', [8, features])], { hasBias: false, activation })[0];
  let y: Tensor | undefined;
  const { dispatches } = counted(() => {
    y = map(many, 'relu');
  });
  expect(dispatches).toBe(2);
  expect(await y?.data()).toEqual(await map(relu(many)).data());
});

it('queries and keys that are turned together have the bits of each alone', async () => {
  const [queries, keys] = [drawn('queries', [2, 3, 5, width]), drawn('keys', [2, 1, 5, width])];
  const positions = [
    [0, 1, 2, 3, 4],
    [7, 8, 9, 10, 90],
  ];
  for (const style of ['half', 'interleaved'] as const) {
    const tables = rotaryTables(positions, width, { style, rotaryDim: 6 });
    const { cosines, sines, ...attributes } = tables;
    const together = (q: Tensor, k: Tensor): Tensor => concat([...rotaryContract.run([q, cosines, sines, k], attributes)], 1);
    const alone = (q: Tensor, k: Tensor): Tensor => concat([applyRotary(q, tables), applyRotary(k, tables)], 1);
    const cotangent = drawn('cotangent', [2, 4, 5, width]);
    const bits = async (run: typeof together) =>
      Promise.all([run(queries, keys), ...grads(run)([queries, keys], cotangent)].map(async (each) => [...(await each.data())]));
    expect(await bits(together)).toEqual(await bits(alone));
  }
});

it.each(Object.entries(calls))('%s takes so many dispatches, the same bits each time', async (_, { inputs, run, forward, backward }) => {
  const given = inputs();
  const dy = tidy(() => {
    const y = run(...given);
    return drawn('cotangent', y.shape);
  });
  expect(counted(() => tidy(() => void run(...given))).dispatches).toBe(forward);
  expect(counted(() => tidy(() => void grads(run)(given, dy))).dispatches).toBe(forward + backward);
  const bits = async (): Promise<number[][]> =>
    Promise.all(grads(run)(given, dy).map(async (each) => [...new Uint32Array((await each.data()).slice().buffer)]));
  expect(await bits()).toEqual(await bits());
});
