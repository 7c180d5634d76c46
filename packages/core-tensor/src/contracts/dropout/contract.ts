import { greater, mul, type Tensor, where, zerosLike } from '@tensorflow/tfjs-core';
import type { Key } from '../../key/index.ts';
import { type Contract, defineContract } from '../../op/define-contract.ts';
import { bernoulli } from '../../tensor/random.ts';

export interface DropoutAttributes {
  /** The probability of being set to 0: above 0 and below 1. */
  readonly rate: number;
  /** Element i stays where word i of the key's draw is below (1 − rate) · 2³², as in `bernoulli`. */
  readonly key: Key;
}

/** x · scale; 0 where the scale is, whatever stands there: 0 · NaN is NaN. */
const kept = (x: Tensor, scale: Tensor): Tensor => where(greater(scale, 0), mul(x, scale), zerosLike(x));

/** Elements set to 0, the others scaled by 1 / (1 − rate): see `applyDropout`. */
export const dropoutContract: Contract<readonly [x: Tensor], readonly [Tensor], DropoutAttributes> = /* @__PURE__ */ defineContract({
  name: 'LongspanDropout',
  outputs: 1,
  reference: {
    forward([x], { rate, key }): readonly [y: Tensor, scale: Tensor] {
      const scale = mul(bernoulli(key, x.shape, 1 - rate), 1 / (1 - rate));
      return [kept(x, scale), scale];
    },
    save: { inputs: [], outputs: [1] },
    gradient: ({ outputs: [scale] }, [dy]) => [kept(dy, scale)],
  },
});
