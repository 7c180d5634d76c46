import type { RotaryAttributes, RotaryInputs, RotaryOutputs } from '@longspan/core-tensor/kernel';
import { add, mul, neg, reverse, slice, sum, type Tensor, tile } from '@tensorflow/tfjs-core';
import { type Fault, lastRowUnwritten } from '../contract/fault.ts';

const both = (fault: Fault<RotaryInputs, RotaryOutputs, RotaryAttributes>): Fault<RotaryInputs, RotaryOutputs, RotaryAttributes>[] =>
  ['half', 'interleaved'].map((style) => ({ ...fault, label: `${fault.label}, ${style}`, shownBy: `${fault.shownBy}, ${style}` }));

export const faults: readonly Fault<RotaryInputs, RotaryOutputs, RotaryAttributes>[] = [
  {
    label: 'tokens turn backwards',
    shownBy: 'one pair',
    call: ([x, cosines, sines]: RotaryInputs, attributes: RotaryAttributes) => ({
      inputs: [x, cosines, neg(sines)] as const,
      attributes,
    }),
  },
  {
    label: 'pairs are those of the other style',
    shownBy: 'pairs in fours',
    call: (inputs: RotaryInputs, { style, rotaryDim }: RotaryAttributes) => ({
      inputs,
      attributes: { style: style === 'half' ? ('interleaved' as const) : ('half' as const), rotaryDim },
    }),
  },
  {
    label: 'features that pass through turn too',
    shownBy: 'tables made by hand, in fours',
    call: (inputs: RotaryInputs, { style }: RotaryAttributes) => ({
      inputs,
      attributes: { style, rotaryDim: inputs[0].shape[3] as number },
    }),
  },
  {
    label: 'the first batch row gives the tables of all',
    shownBy: 'tables for each batch row',
    call: ([x, ...tables]: RotaryInputs, attributes: RotaryAttributes) => {
      const ofFirst = (table: Tensor): Tensor => tile(slice(table, [0, 0, 0, 0], [1, -1, -1, -1]), [table.shape[0] as number, 1, 1, 1]);
      return { inputs: [x, ofFirst(tables[0]), ofFirst(tables[1])] as const, attributes };
    },
  },
  {
    label: 'the sines come in the other order',
    shownBy: 'tables made by hand, in fours',
    call: ([x, cosines, sines]: RotaryInputs, attributes: RotaryAttributes) => ({
      inputs: [x, cosines, reverse(sines, -1)] as const,
      attributes,
    }),
  },
  {
    label: 'a number that is not one reaches the whole row',
    shownBy: 'a pair that is not a number',
    outputs: ([y]: RotaryOutputs) => [add(y, mul(sum(y, -1, true), 0))] as const,
  },
  {
    label: 'the last row is not written',
    shownBy: 'an odd width, an odd length',
    outputs: ([y]: RotaryOutputs) => [lastRowUnwritten(y)] as const,
  },
  {
    label: 'gradients are scaled by the cosines once more',
    shownBy: 'one token, many heads',
    gradients: ([dx]: readonly Tensor[], [, cosines]: RotaryInputs) => [mul(dx as Tensor, cosines)],
  },
].flatMap(both);
