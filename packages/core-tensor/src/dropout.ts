import { clone, type Tensor } from '@tensorflow/tfjs-core';
import { dropoutContract } from './contracts/dropout/contract.ts';
import { ConfigError } from './error/index.ts';
import { checkDtype } from './features.ts';
import type { Key } from './key/index.ts';
import type { Layer } from './layer.ts';

/**
 * Sets elements to 0 with the probability `rate` and scales the others by 1 / (1 − rate), so that the mean stays. The same key
 * drops the same elements, on every backend.
 * @shape x [...]
 * @returns [...]; a copy of x where the rate is 0
 * @throws ConfigError when the rate is not in [0, 1)
 * @cost O(elements) time, one temporary of x's size that is kept for the backward pass
 * @source Srivastava et al. 2014
 * @example
 * await applyDropout(tensor1d([1, 2, 3]), 0, createKey(1)).data(); // => [1, 2, 3]
 */
export function applyDropout(x: Tensor, rate: number, key: Key): Tensor {
  checkRate('applyDropout', rate);
  checkDtype('applyDropout', 'x', x, 'float32');
  if (rate === 0) return clone(x);
  return dropoutContract.run([x], { rate, key })[0];
}

/**
 * Dropout as a layer: on where the context says that this is training, and then with the context's key. No parameters.
 * @shape x [...] -> [...]
 * @throws ConfigError when the rate is not in [0, 1), or when training and no key came
 * @cost that of `applyDropout`
 * @source torch.nn.Dropout
 * @example
 * await dropout({ rate: 0.5 }).apply({}, tensor1d([1, 2, 3])).data(); // => [1, 2, 3]
 */
export function dropout({ rate }: { readonly rate: number }): Layer {
  checkRate('dropout', rate);
  return {
    init: () => ({}),
    apply: (_, x, { training = false, key } = {}) => {
      if (!training || rate === 0) return clone(x);
      if (key === undefined) {
        throw new ConfigError({
          door: 'dropout',
          problem: 'there is no key to draw from.',
          expected: 'context.key when context.training is true',
          got: 'no key',
          remedy: 'apply(parameters, x, { training: true, key: createKey(seed).fold(step) }).',
        });
      }
      return applyDropout(x, rate, key);
    },
  };
}

function checkRate(door: string, rate: number): void {
  if (rate >= 0 && rate < 1) return;
  throw new ConfigError({
    door,
    problem: 'the rate is not the probability of being dropped.',
    expected: 'a number of at least 0 and below 1',
    got: String(rate),
    remedy: 'give the share of elements that are set to 0, for example 0.1.',
  });
}
