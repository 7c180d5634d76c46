import { applyDropout, defineLayer, type Layer } from '@longspan/core-tensor';
import { dropoutKey, requireRate } from '@longspan/core-tensor/layer';
import { clone, mul, ones } from '@tensorflow/tfjs-core';

/**
 * Sets all features of some rows of the batch to 0 while training, and scales the others by 1 / (1 − rate): a residual sum goes on without
 * them.
 * @shape x [b, …] -> the same
 * @source Huang et al. 2016 (arXiv 1603.09382), with the scale of timm's DropPath
 */
export function stochasticDepth({ rate }: { readonly rate: number }): Layer {
  requireRate('stochasticDepth', 'stochasticDepth', rate);
  return defineLayer({
    name: 'stochasticDepth',
    checkContext: (caller, context) => void dropoutKey(caller, rate, context),
    run({ caller }, x, context) {
      const key = dropoutKey(caller, rate, context);
      return key === undefined ? clone(x) : mul(x, applyDropout(ones([x.shape[0] as number, ...x.shape.slice(1).map(() => 1)]), rate, key));
    },
  });
}
