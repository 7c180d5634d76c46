import { clone, type Tensor } from '@tensorflow/tfjs-core';
import { dropoutContract } from '../contracts/dropout/contract.ts';
import { ConfigError, requireKind, requireKnown, show } from '../error/index.ts';
import type { Key } from '../key/index.ts';
import { checkDtype } from '../tensor/features.ts';
import { defineLayer } from './define-layer.ts';
import type { Layer, LayerContext } from './layer.ts';

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
  requireRate('applyDropout', 'rate', rate);
  requireKind('applyDropout', 'key', key, 'key');
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
export function dropout(config: { readonly rate: number }): Layer {
  requireKnown('dropout', config, { rate: true });
  const { rate } = config;
  requireRate('dropout', 'rate', rate);
  return defineLayer({
    name: 'dropout',
    checkContext: (caller, context) => void dropoutKey(caller, rate, context),
    run({ caller }, x, context) {
      const key = dropoutKey(caller, rate, context);
      return key === undefined ? clone(x) : applyDropout(x, rate, key);
    },
  });
}

/**
 * Checks that a rate of dropout is a fraction that leaves something.
 * @param caller the function that was called, for the message
 * @param name of the option
 * @throws ConfigError when it is not in [0, 1)
 * @example
 * requireRate('dropout', 'rate', 0.1); // => undefined
 */
export function requireRate(caller: string, name: string, rate: number): void {
  if (Number.isFinite(rate) && rate >= 0 && rate < 1) return;
  throw new ConfigError({
    caller,
    problem: `${name} must be at least 0 and below 1.`,
    expected: '0 ≤ rate < 1',
    got: show(rate),
    remedy: `use ${name}: 0.1 to drop a tenth while training, 0 for none.`,
  });
}

/**
 * The key that a layer's dropout draws from, or undefined where nothing is dropped.
 * @param caller the layer, for the message
 * @throws ConfigError when training with dropout but without a key
 * @example
 * dropoutKey('dropout', 0.1, { training: false }); // => undefined
 */
export function dropoutKey(caller: string, rate: number, context: LayerContext | undefined): Key | undefined {
  if (rate === 0 || context?.training !== true) return undefined;
  if (context.key !== undefined) return context.key;
  throw new ConfigError({
    caller,
    problem: 'training with dropout needs a key.',
    expected: 'context.key',
    got: `{ training: true } with dropout ${rate}`,
    remedy: 'pass { training: true, key: createKey(seed).fold(step) }: the same key drops the same again.',
  });
}
