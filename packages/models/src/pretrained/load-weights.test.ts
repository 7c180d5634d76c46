import type { SafetensorsTensor } from '@longspan/core-tensor';
import { FileError } from '@longspan/core-tensor/error';
import { leaked, withBackend } from '@longspan/tooling/expect';
import { memory } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkpointOf, renamed, smallConfig, smallWeights } from '../../test/checkpoint.ts';
import { fromPretrained } from './from-pretrained.ts';

const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
beforeAll(() => withBackend('cpu'));
beforeEach(() => void warn.mockClear());

describe('weights that do not fit', () => {
  it('in the head are drawn and told, in the body an error that names both shapes', async () => {
    const tensors = renamed(await smallWeights(), (name) => `bert.${name}`);
    const classifier = (shape: readonly number[]): SafetensorsTensor => ({
      dtype: 'F32',
      shape,
      values: new Float32Array(shape.reduce((a, b) => a * b, 1)),
    });
    const source = checkpointOf({ ...tensors, 'classifier.weight': classifier([5, 8]), 'classifier.bias': classifier([5]) });
    const { report, dispose } = await fromPretrained(source, { head: 'sequenceClassification', config: { num_labels: 2 } });
    expect(report).toMatchObject({
      missing: [],
      misshapen: ['classifier.bias', 'classifier.weight'],
      drawn: ['classifier.weight', 'classifier.bias'],
    });
    dispose();
    const wide = checkpointOf(await smallWeights(), { ...smallConfig, intermediate_size: 16 });
    expect(await leaked(async () => (await fromPretrained(wide)).parameters)).toEqual({ tensors: 0, buffers: 0 });
    await expect(fromPretrained(wide)).rejects.toThrow(
      new FileError({
        caller: 'fromPretrained',
        problem: 'the checkpoint must hold every weight of the body in its shape.',
        expected:
          'encoder.layer.0.intermediate.dense.weight [16, 8]  (there [12, 8]), encoder.layer.0.intermediate.dense.bias [16]  (there [12]), encoder.layer.0.output.dense.weight [8, 16]  (there [8, 12])',
        got: '23 tensors in the given bytes: "embeddings.LayerNorm.bias", "embeddings.LayerNorm.weight", "embeddings.position_embeddings.weight", "embeddings.token_type_embeddings.weight", … (23)',
        remedy: 'check that config.json belongs to the weights, and that family is theirs.',
      }),
    );
  });

  it('because they are integers are named with their dtype', async () => {
    const tensors = await smallWeights();
    const name = 'encoder.layer.0.output.dense.weight';
    const source = checkpointOf({ ...tensors, [name]: { dtype: 'I8', shape: [8, 12], values: new Int8Array(96) } });
    await expect(fromPretrained(source)).rejects.toThrow(`${name} of a floating-point dtype  (there I8)`);
  });

  it('for int8 because they are not finite are named', async () => {
    const tensors = await smallWeights();
    const name = 'encoder.layer.0.output.dense.weight';
    const source = checkpointOf({ ...tensors, [name]: { dtype: 'F32', shape: [8, 12], values: new Float32Array(96).fill(Number.NaN) } });
    await expect(fromPretrained(source, { precision: 'int8' })).rejects.toThrow(
      `fromPretrained: ${name}: the numbers of a weight must be finite for int8.`,
    );
    expect(await leaked(async () => (await fromPretrained(source, { precision: 'int8' })).parameters)).toEqual({ tensors: 0, buffers: 0 });
  });
});

describe('damaged files', () => {
  it('give one of our errors and no tensor, whatever byte is wrong', async () => {
    const source = checkpointOf(await smallWeights());
    const bytes = source['model.safetensors'] as Uint8Array;
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), fc.boolean(), async (at, byte, isCut) => {
        const damaged = isCut ? bytes.slice(0, at) : bytes.slice().fill(byte, at, at + 1);
        const before = memory().numTensors;
        try {
          (await fromPretrained({ ...source, 'model.safetensors': damaged })).dispose();
        } catch (error) {
          expect((error as Error).name).toMatch(/^(File|Config|Shape)Error$/);
        }
        expect(memory().numTensors).toBe(before);
      }),
      { numRuns: 100 },
    );
  });
});
