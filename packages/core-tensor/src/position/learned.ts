import { add, slice, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { requireInteger, requireKnown } from '../error/index.ts';
import { defineLayer } from '../layer/define-layer.ts';
import type { Layer, LayerContext } from '../layer/layer.ts';
import { weightSpec } from '../layer/spec.ts';
import { lastPosition } from '../layer/state-values.ts';
import { dims } from '../tensor/dims.ts';
import { checkFeatures, checkSizes } from '../tensor/features.ts';
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
  const { length, width } = dims('applyLearnedPositions', { weight: [weight, 'length width:float32'] });
  const tokens = checkTokens('applyLearnedPositions', x, width, { start, length, table: 'weight' });
  return tidy(() => add(x, slice(weight, [start, 0], [tokens, width])));
}

/** Where x stands in a longer sequence, for layers that count positions. */
export interface PositionContext extends LayerContext {
  /** The position of x's first token; 0 by default. */
  readonly position?: number | undefined;
}

export function checkPosition(caller: string, { position }: PositionContext): void {
  if (position !== undefined)
    requireInteger(caller, { 'context.position': position }, 0, { atMost: lastPosition, remedy: "give the position of x's first token." });
}

export interface LearnedPositionsConfig {
  /** Tokens that have a position. */
  readonly length: number;
  readonly width: number;
  /** Of the normal distribution that the table is drawn from; 1 by default, as in torch.nn.Embedding. */
  readonly standardDeviation?: number | undefined;
}

/**
 * A layer that adds a learned vector to each token by its position; its parameter is `weight` [length, width].
 * @shape x [..., n, width] -> [..., n, width]; context.position + n at most length
 * @throws ConfigError when a size is not an integer of at least 1; apply: ShapeError beyond the table
 * @cost that of `applyLearnedPositions`
 * @source Gehring et al. 2017 (arXiv 1705.03122) §3.1
 * @example
 * learnedPositions({ length: 512, width: 4 }).spec.weight.shape; // => [512, 4]
 */
export function learnedPositions(config: LearnedPositionsConfig): Layer<PositionContext> {
  requireKnown('learnedPositions', config, { length: true, width: true, standardDeviation: 'amount' });
  const { length, width, standardDeviation = 1 } = config;
  checkSizes('learnedPositions', { length, width });
  return defineLayer({
    name: 'learnedPositions',
    spec: { weight: weightSpec([length, width], { kind: 'normal', standardDeviation }) },
    reads: ['position'],
    checkContext: checkPosition,
    check: (caller, x) => checkFeatures(caller, 'x', x, width, 'width'),
    run: ({ parameters }, x, { position = 0 }: PositionContext) => applyLearnedPositions(x, parameters.get('weight'), position),
  });
}
