import { toTensor } from '@longspan/core-tensor';
import { longT5 } from '@longspan/models/longt5';
import { equal, expandDims, type Tensor, where } from '@tensorflow/tfjs-core';
import type { Fixture } from '../../fixture.ts';
import type { Family } from '../../replay.ts';
import { encoderFamily } from './encoder.ts';

const replayed = encoderFamily(longT5, 'model');

/**
 * LongT5's encoder. Rows of padding hold what the reference's large negative scores left of them (its notes call comparing them optional):
 * there the reference's own numbers stand.
 */
export const longT5Family: Family = (fixture) => {
  const { ways } = replayed(fixture);
  return {
    ways: ways.map(({ name, run }) => ({
      name,
      run: (inputs) =>
        Object.fromEntries(
          Object.entries(run(inputs)).map(([output, found]) => [
            output,
            withoutPadding(found, output, fixture, inputs.find('in.attention_mask')),
          ]),
        ),
    })),
  };
};

function withoutPadding(found: Tensor, output: string, fixture: Fixture, marks: Tensor | undefined): Tensor {
  const reference = fixture.tensors.get(`out.${output}`);
  if (marks === undefined || reference === undefined || found.rank !== 3) return found;
  return where(expandDims(equal(marks, 1), 2), found, toTensor(reference));
}
