import { toTensor } from '@longspan/core-tensor';
import { modernbert } from '@longspan/models/modernbert';
import { type Tensor, tensor, where } from '@tensorflow/tfjs-core';
import { type Fixture, stored } from '../../fixture.ts';
import type { Family } from '../../replay.ts';
import { rowsOf } from '../rows.ts';
import { encoderFamily } from './encoder.ts';

/**
 * A padded query whose window shows it no token gets the mean of all values from the reference, for all its scores are the same lowest
 * number, and 0 from here. No token ever reads that row: it is taken from the reference.
 */
export const modernbertFamily =
  (model: string): Family =>
  (fixture) => {
    const { ways } = encoderFamily(modernbert, model)(fixture);
    if (!fixture.tensors.has('in.attention_mask')) return { ways };
    const unseeing = unseeingRows(rowsOf(stored(fixture, 'in.attention_mask')), Math.floor(fixture.config.number('local_attention') / 2));
    return {
      ways: ways.map(({ name, run }) => ({
        name,
        run: (inputs) =>
          Object.fromEntries(Object.entries(run(inputs)).map(([output, value]) => [output, withRows(fixture, output, value, unseeing)])),
      })),
    };
  };

/** For each token whether it is padding with no token within so many on either side. */
const unseeingRows = (marks: readonly (readonly number[])[], side: number): readonly (readonly boolean[])[] =>
  marks.map((row) => row.map((_, at) => !row.slice(Math.max(0, at - side), at + side + 1).includes(1)));

function withRows(fixture: Fixture, name: string, value: Tensor, unseeing: readonly (readonly boolean[])[]): Tensor {
  const [batch, length, width = 0] = value.shape;
  if (value.rank !== 3 || batch !== unseeing.length || length !== unseeing[0]?.length) return value;
  const mask = unseeing.flatMap((row) => row.flatMap((isUnseeing) => Array.from({ length: width }, () => (isUnseeing ? 1 : 0))));
  return where(tensor(mask, value.shape, 'bool'), toTensor(stored(fixture, `out.${name}`)), value);
}
