import { unpackWeight } from '@longspan/core-tensor';
import { ConfigError } from '@longspan/core-tensor/error';
import { expectClose, withBackend } from '@longspan/tooling/expect';
import { type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkpointOf, smallWeights } from '../../test/checkpoint.ts';
import { fromPretrained } from './from-pretrained.ts';

const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
beforeAll(() => withBackend('cpu'));
beforeEach(() => void warn.mockClear());

const dataOf = async (source: Tensor | undefined): Promise<readonly number[]> => Array.from((await source?.data()) ?? []);

describe('precision', () => {
  it.each([
    ['float16', 'fp16'],
    ['int8', 'q8'],
  ] as const)('%s packs the weights of linear maps alone, and dtype %s is another word for it', async (precision, dtype) => {
    const source = checkpointOf(await smallWeights());
    const [plain, packed, same] = [
      await fromPretrained(source),
      await fromPretrained(source, { precision }),
      await fromPretrained(source, { dtype }),
    ];
    const packable = Object.entries(plain.model.spec).flatMap(([name, each]) => (each.packable ? [name] : []));
    expect(packable.length).toBe(7);
    for (const [name, tensor] of Object.entries(packed.parameters)) {
      expect(tensor.dtype).toBe(packable.includes(name) ? 'int32' : 'float32');
      expect(await dataOf(same.parameters[name])).toEqual(await dataOf(tensor));
    }
    expect(packed.report.bytes).toBeLessThan(plain.report.bytes);
    const ids = tensor2d([[1, 2, 3, 4]], [1, 4], 'int32');
    const [exact, near] = [plain, packed].map(({ model, parameters }) => model.apply(parameters, ids).hidden) as [Tensor, Tensor];
    expectClose(await near.data(), await exact.data(), {
      atol: precision === 'int8' ? 0.02 : 1e-3,
      rtol: 0,
    });
    for (const each of [plain, packed, same]) each.dispose();
  });

  it('float16 of a file in F16 is the same bits', async () => {
    const tensors = await smallWeights('F16');
    const [plain, packed] = [
      await fromPretrained(checkpointOf(tensors)),
      await fromPretrained(checkpointOf(tensors), { precision: 'float16' }),
    ];
    const name = 'encoder.layer.0.intermediate.dense.weight';
    const wide = await unpackWeight({
      kind: 'float16',
      numbers: packed.parameters[name] as NonNullable<(typeof packed.parameters)[string]>,
      shape: [12, 8],
    });
    expect(await dataOf(wide)).toEqual(await dataOf(plain.parameters[name]));
    wide.dispose();
    for (const each of [plain, packed]) each.dispose();
  });

  it.each(['BF16', 'F64'] as const)('float32 takes %s', async (dtype) => {
    const { parameters, dispose } = await fromPretrained(checkpointOf(await smallWeights(dtype)));
    expect(parameters['embeddings.LayerNorm.weight']?.dtype).toBe('float32');
    dispose();
  });

  it('and dtype must not contradict each other', async () => {
    await expect(fromPretrained({}, { precision: 'int8', dtype: 'fp16' })).rejects.toThrow(
      new ConfigError({
        caller: 'fromPretrained',
        problem: 'dtype must mean the same as precision.',
        expected: "dtype: 'q8'  (set by precision: 'int8')",
        got: "dtype: 'fp16'",
        remedy: 'give one of the two.',
      }),
    );
  });
});
