import { randomBits } from '@longspan/core-tensor';
import type { DropoutAttributes } from '@longspan/core-tensor/kernel';
import type { Define, Values } from '../contract/call.ts';

/** Element i stays, times 1 / (1 − rate), where word i of the key's draw is below (1 − rate) · 2³²; else it is 0, whatever stood there. */
export const define: Define<DropoutAttributes> = ([x], { rate, key }) => {
  const { shape, values } = x as Values;
  const gain = Math.fround(1 / (1 - rate));
  const factors = Array.from(randomBits(key, values.length), (word) => (word < (1 - rate) * 2 ** 32 ? gain : 0));
  const dropped = (of: ArrayLike<number>): number[] => factors.map((factor, at) => (factor === 0 ? 0 : factor * (of[at] as number)));
  return { outputs: [{ shape, values: dropped(values) }], gradients: ([dy]) => [dropped(dy as ArrayLike<number>)] };
};
