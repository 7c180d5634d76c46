import type { GeluAttributes } from '@longspan/core-tensor/kernel';
import type { Define, Values } from '../contract/call.ts';

/** x times the probability that a standard normal variable is below it, or an approximation of that. */
export const define: Define<GeluAttributes> = ([x], { approximation }) => {
  const { shape, values } = x as Values;
  const both = Array.from(values, (each) => gelu(each, approximation));
  return {
    outputs: [{ shape, values: both.map(({ value }) => value) }],
    gradients: ([dy]) => [both.map(({ slope }, at) => slope * (dy?.[at] as number))],
  };
};

/** GELU and its derivative. */
export function gelu(x: number, approximation: GeluAttributes['approximation']): { readonly value: number; readonly slope: number } {
  if (approximation === 'none') {
    const below = normalBelow(x);
    const density = Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
    return { value: x * below, slope: below + x * density };
  }
  const tanh = Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3));
  const rise = Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x ** 2);
  return { value: (x * (1 + tanh)) / 2, slope: (1 + tanh) / 2 + (x * (1 - tanh ** 2) * rise) / 2 };
}

/** The probability that a standard normal variable is below x. @source Marsaglia 2004, "Evaluating the normal distribution" */
function normalBelow(x: number): number {
  if (Math.abs(x) > 9) return x > 0 ? 1 : 0; // 1e-19 beside it, and the series would overflow
  let [sum, term] = [x, x];
  for (let n = 3; Math.abs(term) > 1e-18 * Math.abs(sum) && n < 600; n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
}
