import { disposeState } from '@longspan/core-tensor';
import { ConfigError, requireInteger, requireIntegers, requireKind, requireKnown, show } from '@longspan/core-tensor/error';
import { type SegmentScorer, scoredBy } from '../stream/segment-scorer.ts';
import type { LossesAt } from './recl.ts';

export interface ContextLossesOptions {
  readonly tokens: ArrayLike<number>;
  /** Indices of the tokens to predict. */
  readonly positions: readonly number[];
  /** Positions that are computed together; 16 by default. */
  readonly batch?: number | undefined;
}

/**
 * A model's losses at given positions as a function of the context: it is given exactly that many tokens before each position, from
 * an empty memory, so that nothing farther away can matter. What `relativeEffectiveContextLength` takes.
 * @throws ConfigError when a position is not an index; the function it returns: ConfigError when a position has fewer tokens before it
 * @cost one segment of contextLength tokens for each position: O(positions · contextLength)
 * @example
 * const sizes = { vocabulary: 9, width: 4 };
 * const embedding = adaptiveEmbedding(sizes);
 * const layers = segmentRecurrence({ width: 4, layers: 1, heads: 2, headDim: 2, innerWidth: 8, memoryLength: 0, embedding });
 * const softmax = adaptiveSoftmax(sizes);
 * const [own, ofSoftmax] = [layers.init(createKey(0)), softmax.init(createKey(1))];
 * const score = (tokens, { targets }) => {
 *   const { hidden, state } = layers.apply(own, tokens);
 *   return { hidden: softmax.apply(ofSoftmax, hidden, { targets }), state };
 * };
 * const lossesAt = contextLosses(score, { tokens: [1, 2, 3, 4, 5, 6], positions: [4, 5] });
 * (await lossesAt(3)).length; // => 2
 */
export function contextLosses(score: SegmentScorer, options: ContextLossesOptions): LossesAt {
  const caller = 'contextLosses';
  requireKind(caller, 'score', score, 'function');
  requireKnown(caller, options, { tokens: true, positions: true, batch: true });
  const { batch = 16 } = options;
  const tokens = requireIntegers(caller, 'tokens', options.tokens, 0);
  const positions = requireIntegers(caller, 'positions', options.positions);
  requireInteger(caller, { batch }, 1);
  const first = positions.reduce((least, each) => Math.min(least, each), Number.POSITIVE_INFINITY);
  const inside = (position: number): boolean => Number.isInteger(position) && position >= 1 && position < tokens.length;
  if (positions.length === 0 || !positions.every(inside)) throw outside(caller, `integers of 1 … ${tokens.length - 1}`, positions);
  return async (contextLength) => {
    requireInteger(caller, { contextLength }, 1);
    if (contextLength > first) throw outside(caller, `positions with ${contextLength} tokens before them`, positions);
    const losses = new Float32Array(positions.length);
    for (let from = 0; from < positions.length; from += batch) {
      const some = positions.slice(from, from + batch);
      const rows = some.map((position) =>
        Array.from({ length: contextLength }, (_, at) => tokens[position - contextLength + at] as number),
      );
      const targets = some.flatMap((position) => [...new Array<number>(contextLength - 1).fill(-100), tokens[position] as number]);
      const scored = scoredBy(caller, score, rows, { targets, state: {} });
      try {
        const values = await scored.hidden.data();
        some.forEach((_, row) => {
          losses[from + row] = values[(row + 1) * contextLength - 1] as number;
        });
      } finally {
        scored.hidden.dispose();
        disposeState(scored.state);
      }
    }
    return losses;
  };
}

const outside = (caller: string, expected: string, positions: readonly number[]): ConfigError =>
  new ConfigError({
    caller,
    problem: 'every position must have that many tokens before it.',
    expected,
    got: positions.length === 0 ? 'none' : show(positions),
    remedy: 'choose positions far enough into the text.',
  });
