import {
  add,
  concat,
  matMul,
  mul,
  reshape,
  reverse,
  slice,
  sum,
  type Tensor,
  tensor1d,
  tensor2d,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { liesInHostMemory, numberInHostMemory } from '../../tensor/host-memory.ts';
import { asRows } from '../../tensor/rows.ts';
import type { RotaryAttributes, RotaryInputs, RotaryOutputs } from './call.ts';

/** A pair (x, y) becomes (x cos − y sin, y cos + x sin): x times the cosines, plus its partners times the sines, signed. */
export const eachTurned = ([x, cosines, sines, ...others]: RotaryInputs, attributes: RotaryAttributes): RotaryOutputs => {
  const turned = (each: Tensor): Tensor => add(mul(each, cosines), mul(partners(each, attributes), signed(sines, attributes)));
  return [turned(x), ...others.map(turned)];
};

/** The gradients of x and the others, by their cotangents: a partner comes with its own sine, by which it was multiplied. */
export const eachTurnedBack = ([dy, cosines, sines, ...others]: RotaryInputs, attributes: RotaryAttributes): RotaryOutputs => {
  const turnedBack = (each: Tensor): Tensor => add(mul(each, cosines), partners(mul(each, signed(sines, attributes)), attributes));
  return [turnedBack(dy), ...others.map(turnedBack)];
};

/** Each feature's partner in its place, and 0 where it has none. */
function partners(x: Tensor, { style, rotaryDim }: RotaryAttributes): Tensor {
  const rows = asRows(x);
  const features = x.shape.at(-1) as number;
  // As a product with a matrix of 0 and 1 it is exact, and on cpu and wasm 4 times as fast; but there one NaN makes a whole row NaN.
  if (liesInHostMemory()) {
    const matrix = new Float32Array(features * features);
    const apart = style === 'half' ? rotaryDim / 2 : 1;
    for (let pair = 0; pair < rotaryDim / 2; pair++) {
      const first = style === 'half' ? pair : 2 * pair;
      matrix[first * features + first + apart] = matrix[(first + apart) * features + first] = 1;
    }
    const product = matMul(rows, tensor2d(matrix, [features, features]));
    if (!Number.isNaN(tidy(() => numberInHostMemory(sum(product))))) return reshape(product, x.shape);
  }
  const pairs = rotaryDim / 2;
  const turning = slice(rows, [0, 0], [-1, rotaryDim]);
  const exchanged = style === 'half' ? reverse(reshape(turning, [-1, 2, pairs]), 1) : reverse(reshape(turning, [-1, pairs, 2]), 2);
  const inPlace = reshape(exchanged, turning.shape);
  const rest = features - rotaryDim;
  return reshape(rest === 0 ? inPlace : concat([inPlace, zeros([rows.shape[0] as number, rest])], 1), x.shape);
}

/** The sines, negative at the first feature of each pair. */
function signed(sines: Tensor, { style, rotaryDim }: RotaryAttributes): Tensor {
  const isFirst = (feature: number): boolean => (style === 'half' ? feature < rotaryDim / 2 : feature % 2 === 0);
  return mul(sines, tensor1d(Array.from({ length: sines.shape.at(-1) as number }, (_, feature) => (isFirst(feature) ? -1 : 1))));
}
