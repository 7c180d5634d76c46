import type { HeadProjectionsAttributes } from '@longspan/core-tensor/kernel';
import type { Define, Values } from '../contract/call.ts';
import { columnSums, mapped, rowsGradient, weightGradient } from '../linear/definition.ts';

/** Linear maps of x, each cut into heads, and their gradients, in float64: y[b, h, n, e] = (x · weightᵀ + bias)[b, n, h · headDim + e]. */
export const define: Define<HeadProjectionsAttributes> = ([x, ...parameters], { heads, hasBias }) => {
  const { shape, values } = x as Values;
  const [batch, length, width] = shape as [number, number, number];
  const projections = heads.map((count, at) => {
    const weight = parameters[hasBias ? 2 * at : at] as Values;
    const out = weight.shape[0] as number;
    return { weight, out, bias: hasBias ? parameters[2 * at + 1] : undefined, ...{ batch, length, heads: count, headDim: out / count } };
  });
  return {
    outputs: projections.map((each) => ({
      shape: [batch, each.heads, length, each.headDim],
      values: toHeads(mapped(values, each.weight, each.bias?.values), each),
    })),
    gradients(cotangents) {
      const dx = new Float64Array(values.length);
      const ofParameters = projections.flatMap((each, at) => {
        const dy = toTokens(cotangents[at] as ArrayLike<number>, each);
        rowsGradient(dy, each.weight).forEach((value, index) => {
          dx[index]! += value;
        });
        const ofWeight = weightGradient(dy, values, { rows: batch * length, width, out: each.out });
        return hasBias ? [ofWeight, columnSums(dy, each.out)] : [ofWeight];
      });
      return [dx, ...ofParameters];
    },
  };
};

interface Sizes {
  readonly batch: number;
  readonly length: number;
  readonly heads: number;
  readonly headDim: number;
}

/** For each number in the order of [b, h, n, e] its place in that of [b, n, h, e]. */
function places({ batch, length, heads, headDim }: Sizes): number[] {
  const found: number[] = [];
  for (let row = 0; row < batch; row++) {
    for (let head = 0; head < heads; head++) {
      for (let token = 0; token < length; token++) {
        for (let feature = 0; feature < headDim; feature++) found.push(((row * length + token) * heads + head) * headDim + feature);
      }
    }
  }
  return found;
}

const toHeads = (values: ArrayLike<number>, sizes: Sizes): Float64Array =>
  Float64Array.from(places(sizes), (place) => values[place] as number);

function toTokens(values: ArrayLike<number>, sizes: Sizes): Float64Array {
  const tokens = new Float64Array(values.length);
  places(sizes).forEach((place, at) => {
    tokens[place] = values[at] as number;
  });
  return tokens;
}
