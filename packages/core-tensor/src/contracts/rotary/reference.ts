import { add, concat, mul, reshape, reverse, slice, type Tensor, tensor } from '@tensorflow/tfjs-core';
import type { RotaryAttributes, RotaryInputs } from './call.ts';

/** A pair (x, y) becomes (x cos − y sin, y cos + x sin): x times the cosines, plus its partners times the sines, signed. */
export const turned = (inputs: RotaryInputs, attributes: RotaryAttributes): Tensor =>
  withRest(inputs, attributes, ([x, cosines, sines]) => add(mul(x, cosines), mul(partners(x, attributes), signed(sines, attributes))));

/** The gradient of x: a partner comes with the sine that it was multiplied by, which is its own. */
export const turnedBack = (inputs: RotaryInputs, attributes: RotaryAttributes): Tensor =>
  withRest(inputs, attributes, ([dy, cosines, sines]) => add(mul(dy, cosines), partners(mul(dy, signed(sines, attributes)), attributes)));

/** What `turn` makes of the features that turn, then the others times their cosines. */
function withRest(inputs: RotaryInputs, { rotaryDim }: RotaryAttributes, turn: (inputs: RotaryInputs) => Tensor): Tensor {
  const [x, cosines] = inputs;
  const features = x.shape.at(-1) as number;
  if (rotaryDim === features) return turn(inputs);
  const columns = (of: Tensor, from: number, count: number): Tensor =>
    slice(of, [...of.shape.slice(1).fill(0), from], [...of.shape.slice(0, -1), count]);
  const rest = (of: Tensor): Tensor => columns(of, rotaryDim, features - rotaryDim);
  const first = (of: Tensor): Tensor => columns(of, 0, rotaryDim);
  const [x1, cosines1, sines1] = inputs.map(first) as [Tensor, Tensor, Tensor];
  return concat([turn([x1, cosines1, sines1]), mul(rest(x), rest(cosines))], -1);
}

/** Each feature's partner in its place. Not a product by a matrix of 0 and 1, which makes a row of NaN of one: 0 · NaN is NaN. */
function partners(x: Tensor, { style, rotaryDim }: RotaryAttributes): Tensor {
  const pairs = style === 'half' ? [2, rotaryDim / 2] : [rotaryDim / 2, 2];
  return reshape(reverse(reshape(x, [-1, ...pairs]), style === 'half' ? 1 : 2), x.shape);
}

/** The sines, negative at the first feature of each pair. */
function signed(sines: Tensor, { style, rotaryDim }: RotaryAttributes): Tensor {
  const isFirst = (feature: number): boolean => (style === 'half' ? feature < rotaryDim / 2 : feature % 2 === 0);
  return mul(sines, tensor(Float32Array.from({ length: rotaryDim }, (_, feature) => (isFirst(feature) ? -1 : 1))));
}
