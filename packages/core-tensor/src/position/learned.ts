import { add, slice, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Layer } from '../layer/layer.ts';
import { parameter } from '../layer/parameters.ts';
import { dims } from '../tensor/dims.ts';
import { checkSizes } from '../tensor/features.ts';
import { normal } from '../tensor/random.ts';
import { checkTokens } from './tokens.ts';

/**
 * Adds a learned vector to each token by its position.
 * @shape x [..., n, width]; weight [length, width]
 * @param start the position of the first token
 * @returns [..., n, width]
 * @throws ShapeError when x reaches beyond the table; ConfigError when start is negative or not whole
 * @cost O(elements) time
 * @source Gehring et al. 2017 (arXiv 1705.03122) §3.1
 * @example
 * await applyLearnedPositions(zeros([1, 2]), tensor2d([[1, 2], [3, 4]]), 1).data(); // => [3, 4]
 */
export function applyLearnedPositions(x: Tensor, weight: Tensor, start = 0): Tensor {
  const { length, width } = dims('applyLearnedPositions', { weight: [weight, 'length width'] });
  const tokens = checkTokens('applyLearnedPositions', x, width, { start, length, table: 'weight' });
  return tidy(() => add(x, slice(weight, [start, 0], [tokens, width])));
}

export interface LearnedPositionsOptions {
  /** Tokens that have a position. */
  readonly length: number;
  readonly width: number;
  /** Of the normal distribution that the table is drawn from; 1 if absent, as in torch.nn.Embedding. */
  readonly standardDeviation?: number;
}

/**
 * A layer that adds a learned vector to each token by its position, from 0; its parameter is `weight` [length, width].
 * @shape x [..., n, width] -> [..., n, width], n at most length
 * @throws ConfigError when a size is not an integer of at least 1
 * @cost that of `applyLearnedPositions`
 * @source Gehring et al. 2017 (arXiv 1705.03122) §3.1
 * @example
 * learnedPositions({ length: 512, width: 4 }).init(createKey(1)).weight.shape; // => [512, 4]
 */
export function learnedPositions({ length, width, standardDeviation = 1 }: LearnedPositionsOptions): Layer {
  checkSizes('learnedPositions', { length, width });
  return {
    init: (key) => ({ weight: normal(key.fold('weight'), [length, width], { standardDeviation }) }),
    apply: (parameters, x) => applyLearnedPositions(x, parameter(parameters, 'weight', 'learnedPositions')),
  };
}
