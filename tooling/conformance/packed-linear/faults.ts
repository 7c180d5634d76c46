import type { Float16LinearInputs, Int8LinearInputs, PackedLinearAttributes } from '@longspan/core-tensor/kernel';
import { mul, reverse, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { type Fault, lastRowUnwritten } from '../contract/fault.ts';

type Outputs = readonly [Tensor];

/** Each word changed, on the host. */
const changed = (numbers: Tensor, change: (word: number) => number): Tensor =>
  tensor(Int32Array.from(numbers.dataSync(), change), numbers.shape, 'int32');

const common: readonly Omit<Fault<Float16LinearInputs | Int8LinearInputs, Outputs, PackedLinearAttributes>, 'call'>[] = [
  { label: 'the last row is not written', shownBy: 'one more than multiples of 16', outputs: ([y]) => [lastRowUnwritten(y)] },
  {
    label: 'the gradient of x is 1 in 1,000 too large',
    shownBy: 'a batch of four axes',
    gradients: ([dx, ...dBias]) => [mul(dx as Tensor, 1.001), ...dBias],
  },
  {
    label: 'the gradient of the bias has the columns of one item only',
    shownBy: 'more columns than one item sums',
    gradients: ([dx, dBias]) => [dx as Tensor, lastRowUnwritten(dBias as Tensor)],
  },
];

export const float16Faults: readonly Fault<Float16LinearInputs, Outputs, PackedLinearAttributes>[] = [
  ...common,
  {
    label: 'the bias is forgotten',
    shownBy: '[2, 3, 5] by [7, 5]',
    call: ([x, numbers, bias], attributes) => ({ inputs: [x, numbers, mul(bias as Tensor, 0)], attributes }),
  },
  {
    label: 'the upper half of a word comes first',
    shownBy: 'multiples of 16',
    call: ([x, numbers, ...bias], attributes) => ({
      inputs: [x, changed(numbers, (word) => (word << 16) | (word >>> 16)), ...bias],
      attributes,
    }),
  },
  {
    label: 'subnormals are taken for 0',
    shownBy: 'subnormals and zeros of both signs',
    call: ([x, numbers, ...bias], attributes) => {
      const flushed = (word: number) => ((word & 0x7c00) === 0 ? 0 : word & 0xffff) | ((word & 0x7c000000) === 0 ? 0 : word & 0xffff0000);
      return { inputs: [x, changed(numbers, flushed), ...bias], attributes };
    },
  },
  {
    label: 'the largest exponent is one among others',
    shownBy: 'infinity and NaN in rows of their own',
    call: ([x, numbers, ...bias], attributes) => {
      const finite = (half: number): number => ((half & 0x7c00) === 0x7c00 ? half - 0x400 : half);
      return { inputs: [x, changed(numbers, (word) => finite(word & 0xffff) | (finite(word >>> 16) << 16)), ...bias], attributes };
    },
  },
];

export const int8Faults: readonly Fault<Int8LinearInputs, Outputs, PackedLinearAttributes>[] = [
  ...common,
  {
    label: 'the bias is forgotten',
    shownBy: '[2, 3, 5] by [7, 5]',
    call: ([x, numbers, scale, bias], attributes) => ({ inputs: [x, numbers, scale, mul(bias as Tensor, 0)], attributes }),
  },
  {
    label: 'the scale is that of another channel',
    shownBy: 'no bias',
    call: ([x, numbers, scale, ...bias], attributes) => ({ inputs: [x, numbers, reverse(scale), ...bias], attributes }),
  },
  {
    label: 'the highest byte of a word comes first',
    shownBy: 'multiples of 16',
    call: ([x, numbers, ...others], attributes) => {
      const swapped = (word: number) => (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
      return { inputs: [x, changed(numbers, swapped), ...others], attributes };
    },
  },
  {
    label: '-128 is taken for -127',
    shownBy: 'every integer',
    call: ([x, numbers, ...others], attributes) => {
      const byte = (word: number, place: number): number => (((word >>> place) & 0xff) === 0x80 ? 0x81 : (word >>> place) & 0xff) << place;
      return {
        inputs: [x, changed(numbers, (word) => byte(word, 0) | byte(word, 8) | byte(word, 16) | byte(word, 24)), ...others],
        attributes,
      };
    },
  },
];
