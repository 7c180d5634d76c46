import type { RotaryAttributes } from '@longspan/core-tensor/kernel';
import type { Define, Values } from '../contract/call.ts';

/**
 * RoFormer (34): of the pair (i, j) at position m, y_i = x_i cos_mi − x_j sin_mi and y_j = x_j cos_mj + x_i sin_mj. A feature beyond
 * rotaryDim has no partner: y_i = x_i cos_mi.
 */
export const define: Define<RotaryAttributes> = ([x, cosines, sines], { style, rotaryDim }) => {
  const { shape, values } = x as Values;
  const [, heads, tokens, features] = shape as [number, number, number, number];
  const [cos, sin] = [(cosines as Values).values, (sines as Values).values];
  const hasTablePerBatchRow = (cosines as Values).shape.length === 4;

  /** What each number is made of: its own feature and its partner's, both with their factors. */
  const termsOf = (at: number): readonly (readonly [from: number, factor: number])[] => {
    const [row, feature] = [Math.floor(at / features), at % features];
    const [batch, token] = [Math.floor(row / (heads * tokens)), row % tokens];
    const place = ((hasTablePerBatchRow ? batch * tokens : 0) + token) * features + feature;
    const own = [at, cos[place] as number] as const;
    if (feature >= rotaryDim) return [own];
    const distance = style === 'half' ? rotaryDim / 2 : 1;
    const isFirst = style === 'half' ? feature < distance : feature % 2 === 0;
    return [own, isFirst ? [at + distance, -(sin[place] as number)] : [at - distance, sin[place] as number]];
  };

  const y = Float64Array.from(values, (_, at) => termsOf(at).reduce((sum, [from, factor]) => sum + factor * (values[from] as number), 0));
  return {
    outputs: [{ shape, values: y }],
    gradients([dy]) {
      const dx = new Float64Array(values.length);
      for (let at = 0; at < dx.length; at++) for (const [from, factor] of termsOf(at)) dx[from]! += factor * (dy?.[at] as number);
      return [dx, null, null];
    },
  };
};
