import type { LayerState, StatefulResult } from '@longspan/core-tensor';
import { requireKind, ShapeError } from '@longspan/core-tensor/error';
import { type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';

/** What a model needs besides the tokens of a segment. */
export interface ScoredSegment {
  /** The token after each one, row by row; −100 where none counts. */
  readonly targets: ArrayLike<number>;
  /** The model's state of the segment before; none before the first one. */
  readonly state: LayerState;
}

/**
 * Scores a segment: `(tokens, context) => model.apply(parameters, tokens, context)`. Of tokens int32 [b, n] `hidden` is each one's loss
 * [b, n], in nats. Any layer with state will do.
 */
export type SegmentScorer = (tokens: Tensor, segment: ScoredSegment) => StatefulResult;

/**
 * What a model gives for rows of tokens, checked. Of what it made on the way, the hidden states that the losses come from, nothing stays.
 * Hidden and state belong to the caller.
 */
export function scoredBy(caller: string, score: SegmentScorer, rows: readonly ArrayLike<number>[], segment: ScoredSegment): StatefulResult {
  return tidy(() => {
    const shape: [number, number] = [rows.length, rows[0]?.length ?? 0];
    const tokens = tensor2d(Int32Array.from(rows.flatMap((row) => Array.from(row))), shape, 'int32');
    const scored: unknown = score(tokens, segment);
    requireScored(caller, scored, tokens.size);
    return { hidden: scored.hidden, state: scored.state };
  });
}

/** Throws unless a model gave one loss for each token, and the state after them. */
function requireScored(caller: string, scored: unknown, count: number): asserts scored is StatefulResult {
  requireKind(caller, 'what score gives', scored, 'record');
  const { hidden, state } = scored as StatefulResult;
  requireKind(caller, 'state of what score gives', state, 'record');
  requireKind(caller, 'hidden of what score gives', hidden, 'tensor');
  if (hidden.size === count) return;
  throw new ShapeError({
    caller,
    problem: 'score must give one loss for each token.',
    expected: `${count} losses in nats, as hidden`,
    got: `[${hidden.shape.join(', ')}]`,
    remedy: 'give the losses of the targets, not their mean: crossEntropy(logits, targets, { reduction: "none" }).',
  });
}
