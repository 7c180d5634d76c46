import { expectClose, leaked, withBackend } from '@longspan/tooling/expect';
import { dispose, env, fused, grads, matMul, memory, type Tensor, tensor, train, transpose } from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Registration, register } from '../src/index.ts';
import { plainMatMul } from './plain-mat-mul.ts';

// tfjs's customGrad, through which its fused products go, is taken for a leak on wasm, with the stock kernels too.
beforeAll(() => env().set('IS_TEST', false));

const values = (count: number, seed: number): number[] => Array.from({ length: count }, (_, at) => Math.sin(1 + at * (seed + 0.37)));

describe('gradients of products, on our kernels', () => {
  let registration: Registration;
  beforeAll(async () => {
    await withBackend('wasm');
    registration = await register();
  });
  afterAll(() => registration.unregister());

  const [batch, rows, depth, columns] = [3, 13, 5, 9];
  const a = values(batch * rows * depth, 1);
  const b = values(batch * depth * columns, 2);
  const cotangent = values(batch * rows * columns, 3);
  const [aShape, bShape, outShape] = [
    [batch, rows, depth],
    [batch, depth, columns],
    [batch, rows, columns],
  ];
  // d(a·b) = dy·bᵀ and aᵀ·dy, whichever way a and b are stored.
  const ofA = plainMatMul({ a: cotangent, aShape: outShape, transposeA: false, b, bShape, transposeB: true });
  const ofB = plainMatMul({ a, aShape, transposeA: true, b: cotangent, bShape: outShape, transposeB: false });
  const stored = (of: readonly number[], shape: readonly number[], transposed: boolean): Tensor =>
    transposed ? transpose(tensor([...of], [...shape]), [0, 2, 1]) : tensor([...of], [...shape]);

  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])('are those of the definition: transposeA %s, transposeB %s', async (transposeA, transposeB) => {
    const given = [stored(a, aShape, transposeA), stored(b, bShape, transposeB)];
    const gradients = grads((x, y) => matMul(x as Tensor, y as Tensor, transposeA, transposeB))(given, tensor(cotangent, outShape));
    const expected = [stored(ofA.values, aShape, transposeA), stored(ofB.values, bShape, transposeB)];
    for (const [at, each] of expected.entries()) {
      expect(gradients[at]?.shape).toEqual(each.shape);
      expectClose(await (gradients[at] as Tensor).data(), await each.data(), { atol: 2e-6, rtol: 1e-6 }, `gradient ${at}`);
    }
  });

  it('are those of the definition through a fused bias', async () => {
    const [a2, b2, dy] = [a.slice(0, rows * depth), b.slice(0, depth * columns), cotangent.slice(0, rows * columns)];
    const given = [tensor(a2, [rows, depth]), tensor(b2, [depth, columns]), tensor(values(columns, 4))];
    const product = (x: Tensor, y: Tensor, bias: Tensor): Tensor =>
      fused.matMul({ a: x, b: y, transposeA: false, transposeB: false, bias });
    const found = grads(product)(given, tensor(dy, [rows, columns]));
    const sums = Array.from({ length: columns }, (_, column) =>
      Array.from({ length: rows }, (_, row) => dy[row * columns + column] as number).reduce((x, y) => x + y),
    );
    const [outShape2, shapeA, shapeB] = [
      [rows, columns],
      [rows, depth],
      [depth, columns],
    ];
    const expected = [
      plainMatMul({ a: dy, aShape: outShape2, transposeA: false, b: b2, bShape: shapeB, transposeB: true }).values,
      plainMatMul({ a: a2, aShape: shapeA, transposeA: true, b: dy, bShape: outShape2, transposeB: false }).values,
      sums,
    ];
    for (const [at, each] of expected.entries()) {
      expectClose(await (found[at] as Tensor).data(), each, { atol: 2e-6, rtol: 1e-6 }, `gradient ${at}`);
    }
  });

  it('leave nothing behind', async () => {
    const given = [tensor(a, aShape), tensor(b, bShape)];
    const dy = tensor(cotangent, outShape);
    const gradient = () => grads((x, y) => matMul(x as Tensor, y as Tensor))(given, dy);
    expect(await leaked(gradient)).toEqual({ tensors: 0, buffers: 0 });
    dispose([...given, dy]);
  });
});

it('a tf.sequential model with an embedding trains on wasm as on cpu, which the stock wasm backend cannot', async () => {
  const losses = async (): Promise<number[]> => {
    const model = sequential({
      layers: [
        layers.embedding({
          inputDim: 23,
          outputDim: 6,
          inputLength: 5,
          embeddingsInitializer: initializers.randomUniform({ seed: 1, minval: -1, maxval: 1 }),
        }),
        layers.flatten(),
        layers.dense({ units: 3, kernelInitializer: initializers.glorotUniform({ seed: 2 }) }),
      ],
    });
    model.compile({ optimizer: train.sgd(0.2), loss: 'meanSquaredError' });
    const x = tensor(
      Array.from({ length: 40 * 5 }, (_, at) => (at * at) % 23),
      [40, 5],
    );
    const y = tensor(values(40 * 3, 7), [40, 3]);
    const { history } = await model.fit(x, y, { epochs: 6, batchSize: 16, shuffle: false, verbose: 0 });
    dispose([x, y]);
    model.dispose();
    return history['loss'] as number[];
  };
  await withBackend('cpu');
  const expected = await losses();
  await withBackend('wasm');
  await expect(losses()).rejects.toThrow('UnsortedSegmentSum');
  const registration = await register();
  expectClose(await losses(), expected, { atol: 1e-6, rtol: 1e-5 });
  registration.unregister();
  expect(expected.at(-1)).toBeLessThan(0.8 * (expected[0] as number));
});

/** The losses of a few epochs of a plain tfjs model: dense layers with several activations, and what inference gives at the end. */
async function trained(): Promise<{ losses: number[]; predicted: number[] }> {
  const seeded = (seed: number) => ({ kernelInitializer: initializers.glorotUniform({ seed }) });
  const model = sequential({
    layers: [
      layers.dense({ units: 37, inputShape: [11], activation: 'relu', ...seeded(1) }),
      layers.dense({ units: 19, activation: 'elu', ...seeded(2) }),
      layers.dense({ units: 130, activation: 'sigmoid', ...seeded(3) }),
      layers.dense({ units: 1, ...seeded(4) }),
    ],
  });
  model.compile({ optimizer: train.adam(0.02), loss: 'meanSquaredError' });
  const x = tensor(values(50 * 11, 5), [50, 11]);
  const y = tensor(values(50, 6), [50, 1]);
  const { history } = await model.fit(x, y, { epochs: 12, batchSize: 17, shuffle: false, verbose: 0 });
  const out = model.predict(x) as Tensor;
  const predicted = [...(await out.data())];
  dispose([x, y, out]);
  model.dispose();
  return { losses: history['loss'] as number[], predicted };
}

it('a tf.sequential model trains to the same losses as on the stock kernels, and leaves as much behind', async () => {
  await withBackend('wasm');
  await trained(); // what tfjs keeps from its first run
  const tensorsLeftBy = async (run: () => Promise<unknown>): Promise<number> => {
    const before = memory().numTensors;
    await run();
    return memory().numTensors - before;
  };
  const stock = await trained();
  const stockLeft = await tensorsLeftBy(trained);
  const registration = await register();
  const ours = await trained();
  expect(await tensorsLeftBy(trained)).toBe(stockLeft);
  registration.unregister();
  expect(stock.losses.at(-1)).toBeLessThan(0.9 * (stock.losses[0] as number)); // it does learn
  expectClose(ours.losses, stock.losses, { atol: 1e-5, rtol: 1e-4 });
  expectClose(ours.predicted, stock.predicted, { atol: 2e-4, rtol: 1e-3 });
});
