import { withBackend } from '@longspan/tooling/expect';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, ShapeError } from '../error/index.ts';
import { readSafetensors, type SafetensorsEntry, type SafetensorsTensor, toTensor, writeSafetensors } from '../safetensors/index.ts';
import { packEntry } from './pack-entry.ts';
import { packWeight } from './pack-weight.ts';

beforeAll(() => withBackend('cpu'));

const entryOf = (tensor: SafetensorsTensor): SafetensorsEntry =>
  readSafetensors(writeSafetensors({ tensors: { w: tensor } })).tensors.get('w') as SafetensorsEntry;
const values = Float32Array.of(1, -0.3, 65504, 2 ** -24, 0.1, -7);
const dataOf = async (tensor: Tensor | undefined): Promise<readonly number[]> => Array.from((await tensor?.data()) ?? []);

describe('packEntry', () => {
  it.each(['F32', 'F16', 'BF16', 'F64'] as const)('of %s is packWeight of the tensor', async (dtype) => {
    const given = dtype === 'F64' ? { dtype, shape: [2, 3], values: Float64Array.from(values) } : { dtype, shape: [2, 3], values };
    const entry = entryOf(given);
    for (const kind of ['float16', 'int8'] as const) {
      const [own, other] = [packEntry(entry, kind), await packWeight(toTensor(entry), kind)];
      expect(own).toMatchObject({ kind, shape: [2, 3] });
      expect(await dataOf(own.numbers)).toEqual(await dataOf(other.numbers));
      expect(await dataOf(own.scale)).toEqual(await dataOf(other.scale));
      for (const each of [own, other]) dispose([each.numbers, ...(each.scale === undefined ? [] : [each.scale])]);
    }
  });

  it('refuses what is no weight of a linear map, and integers', () => {
    expect(() => packEntry(entryOf({ dtype: 'F32', shape: [6], values }), 'int8')).toThrow(ShapeError);
    expect(() => packEntry(entryOf({ dtype: 'F32', shape: [0, 3], values: new Float32Array() }), 'int8')).toThrow(ShapeError);
    expect(() => packEntry(entryOf({ dtype: 'I8', shape: [1, 2], values: Int8Array.of(1, 2) }), 'int8')).toThrow(ConfigError);
    expect(() => packEntry(entryOf({ dtype: 'F32', shape: [2, 3], values }), 'int4' as never)).toThrow("kind must be 'float16' or 'int8'.");
  });
});
