import { expectClose, withBackend } from '@longspan/tooling/expect';
import { dispose, env, memory, oneHot, type Tensor, tensor, train } from '@tensorflow/tfjs-core';
import { initializers, layers, type Sequential, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { register } from '../src/index.ts';

// tfjs's customGrad is taken for a leak on wasm, with the stock kernels too.
beforeAll(() => env().set('IS_TEST', false));

const [letters, length, samples] = [11, 7, 48];

/** A plain tfjs model over letters, with what such models are made of; the weights from fixed seeds. */
function plainModel(activation: 'gelu' | 'tanh'): Sequential {
  const seeded = (seed: number) => ({ kernelInitializer: initializers.glorotUniform({ seed }) });
  const model = sequential({
    layers: [
      layers.embedding({
        inputDim: letters,
        outputDim: 12,
        inputLength: length,
        embeddingsInitializer: initializers.randomNormal({ stddev: 1, seed: 1 }),
      }),
      layers.layerNormalization({ axis: -1 }),
      layers.dense({ units: 24, activation, ...seeded(2) }),
      layers.flatten(),
      layers.dense({ units: 16, activation: 'relu', ...seeded(3) }),
      layers.dense({ units: letters, activation: 'softmax', ...seeded(4) }),
    ],
  });
  model.compile({ optimizer: train.adam(0.03), loss: 'categoricalCrossentropy' });
  return model;
}

/** The letter that a sample's first and last letter give together. */
function data(): { readonly x: Tensor; readonly y: Tensor } {
  const ids = Array.from({ length: samples * length }, (_, at) => (at * at + 3 * at) % letters);
  const classes = Array.from(
    { length: samples },
    (_, row) => ((ids[row * length] as number) + (ids[row * length + length - 1] as number)) % letters,
  );
  const labels = tensor(classes, [samples], 'int32');
  const y = oneHot(labels, letters);
  labels.dispose();
  return { x: tensor(ids, [samples, length]), y };
}

async function losses(activation: 'gelu' | 'tanh'): Promise<number[]> {
  const model = plainModel(activation);
  const { x, y } = data();
  const { history } = await model.fit(x, y, { epochs: 16, batchSize: 16, shuffle: false, verbose: 0 });
  dispose([x, y]);
  model.optimizer.dispose();
  model.dispose();
  return history['loss'] as number[];
}

describe.each(['gelu', 'tanh'] as const)('a plain tf.sequential() model with embeddings and %s', (activation) => {
  it('trains on wasm by register() and nothing else as on cpu: its loss falls below a quarter, and no tensors stay', async () => {
    await withBackend('cpu');
    const expected = await losses(activation);
    await withBackend('wasm');
    await expect(losses(activation)).rejects.toThrow('UnsortedSegmentSum');
    const registration = await register({ threads: 1 });
    const ours = await losses(activation);
    const before = memory().numTensors;
    await losses(activation);
    expect(memory().numTensors).toBe(before);
    registration.unregister();
    expect(ours.at(-1)).toBeLessThan((ours[0] as number) / 4);
    expectClose(ours, expected, { atol: 1e-6, rtol: 1e-5 });
  });
});
