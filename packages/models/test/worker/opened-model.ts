import { padding } from '@longspan/core-tensor';
import { withBackend } from '@longspan/tooling/expect';
import { type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, vi } from 'vitest';
import { fromPretrained } from '../../src/pretrained/from-pretrained.ts';
import type { NamedBytes } from '../../src/pretrained/given-files.ts';
import type { HostTensor, ModelInWorker } from '../../src/worker/index.ts';
import { checkpointOf, smallWeights } from '../checkpoint.ts';

/** The checkpoint that workers load; there once the tests run. */
export let source: NamedBytes;

const open: ModelInWorker[] = [];

/** A model that ends with its test. */
export const opened = async (model: Promise<ModelInWorker>): Promise<ModelInWorker> => {
  open.push(await model);
  return model;
};

/** Makes the checkpoint before the tests of a file, and ends their workers after each. */
export function withWorkers(): void {
  beforeAll(async () => {
    await withBackend('cpu');
    source = checkpointOf(await smallWeights());
  });
  afterEach(() => {
    for (const model of open.splice(0)) model.dispose();
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });
}

export const ids: readonly number[][] = [
  [2, 7, 4, 3],
  [2, 9, 3, 0],
];
export const marks: readonly number[][] = [
  [1, 1, 1, 1],
  [1, 1, 1, 0],
];

export const hostOf = async (tensor: Tensor): Promise<HostTensor> => ({
  shape: tensor.shape,
  values: (await tensor.data()) as Float32Array,
});

/** What the same model gives without a worker. */
export async function direct(context: Readonly<Record<string, unknown>> = {}): Promise<Record<string, unknown>> {
  const { model, parameters, dispose } = await fromPretrained(source);
  const { hidden, pooled, hiddenStates, attentionWeights } = model.apply(parameters, tensor2d([...ids], [2, 4], 'int32'), {
    padding: padding(marks),
    ...context,
  });
  const rows = Object.entries(attentionWeights ?? {}).map(async ([name, { keys, weights }]) => [
    name,
    { keys: await hostOf(keys), weights: await hostOf(weights) },
  ]);
  const output = {
    hidden: await hostOf(hidden),
    pooled: await hostOf(pooled as Tensor),
    ...(hiddenStates && { hiddenStates: await Promise.all(hiddenStates.map(hostOf)) }),
    ...(attentionWeights && { attentionWeights: Object.fromEntries(await Promise.all(rows)) }),
  };
  dispose();
  return output;
}
