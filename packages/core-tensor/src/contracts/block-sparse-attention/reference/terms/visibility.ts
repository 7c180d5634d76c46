import {
  add,
  cast,
  equal,
  expandDims,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  mul,
  reshape,
  sub,
  type Tensor,
  tensor,
} from '@tensorflow/tfjs-core';
import { rowsOf } from '../../../../tensor/rows-of.ts';
import type { KeyLengthsTerm, OriginalPositionsTerm } from '../../score-terms.ts';
import { keyIndices } from '../chunk.ts';
import type { Place, Step } from './step.ts';

/** Hides j ≥ lengths[batch row]. */
export function keyLengthsStep({ lengths }: KeyLengthsTerm, scores: Tensor, { chunk }: Place): Step {
  const length = reshape(rowsOf(lengths, tensor(chunk.batchRows, [chunk.rows], 'int32')), [chunk.rows, 1, 1]);
  return { scores, visible: cast(less(expandDims(keyIndices(chunk.blocks, chunk.blockSize), 1), length), 'float32') };
}

/** Hides padding and, if causal, later keys; a token's own key gets `selfScore`, a constant, so no gradient passes it. */
export function originalPositionsStep({ causal, selfScore }: OriginalPositionsTerm, scores: Tensor, { positions }: Place): Step {
  const { query, key } = positions();
  const real = logicalAnd(greaterEqual(query, 0), greaterEqual(key, 0));
  const visible = cast(causal ? logicalAnd(real, lessEqual(key, query)) : real, 'float32');
  if (selfScore === undefined) return { scores, visible };
  const own = cast(equal(query, key), 'float32');
  const other = sub(1, own);
  return {
    scores: add(mul(scores, other), mul(own, selfScore)),
    visible,
    pull: (cotangent) => ({ scores: mul(cotangent, other), contributions: [] }),
  };
}
