import { defineOp, type Op } from '@longspan/core-tensor/kernel';
import { type Tensor, tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import { bucketOrder } from '../hash/bucket-order.ts';
import { numbered } from '../hash/hash-buckets.ts';
import { sortedBackward } from './sorted-backward.ts';
import { sortedForward } from './sorted-forward.ts';
import type { Rounds } from './sorted-rounds.ts';

/** Everything of a call but its tensors. */
export interface SortedAttentionAttributes extends Omit<Rounds, 'keyPositions'> {
  /** What decides the order: rotations to hash by, buckets of an earlier call, or nothing (tokens stay where they are). */
  readonly by: { readonly factors: readonly number[] } | 'buckets' | 'position';
  /** One number for each token of each batch row, 0 for padding; undefined where there is none. */
  readonly padding: Int32Array | undefined;
}

type Inputs = readonly [queryKey: Tensor, value: Tensor, ...by: Tensor[]];
type Outputs = [out: Tensor, buckets: Tensor, order: Tensor, logSumExps: Tensor, roundedOff: Tensor];

/**
 * Shared query-key attention over tokens sorted by bucket, all rounds joined. Inputs: query-keys, values, and rotations or buckets
 * where the order needs them. Outputs: out [b, h, n, dv]; buckets and order, int32 [b, h, rounds, n]; each round's log-sum-exp
 * [b, h, rounds, n], by position, and what rounding took from it. One op, so that the sorted copies of only some rounds and heads are there at a time, forward and
 * backward, and no index is ever on the tape.
 */
export const sortedAttention: Op<Inputs, Outputs, SortedAttentionAttributes> = defineOp({
  name: 'LongspanSortedAttention',
  forward([x, value, by]: Inputs, attributes: SortedAttentionAttributes): Outputs {
    const buckets = bucketsOf(x, by, attributes);
    const order = attributes.by === 'position' ? positions(x.shape) : bucketOrder(buckets);
    const rounds = { ...attributes, keyPositions: visiblePositions(x.shape, attributes.padding) };
    const { out, logSumExps, roundedOff } = sortedForward({ x, value, order }, rounds);
    return [out, buckets, order, logSumExps, roundedOff];
  },
  save: { inputs: [0, 1], outputs: [0, 2, 3, 4] },
  gradient({ inputs: [x, value], outputs: [out, order, logSumExps, roundedOff] }, [outCotangent], attributes) {
    const rounds = { ...attributes, keyPositions: visiblePositions(x.shape, attributes.padding) };
    return sortedBackward({ x, value, order, out, logSumExps, roundedOff, outCotangent }, rounds);
  },
});

function bucketsOf(x: Tensor, given: Tensor | undefined, { by, padding }: SortedAttentionAttributes): Tensor {
  const [batch = 0, heads = 0, length = 0] = x.shape;
  if (given === undefined || by === 'position') return zeros([batch, heads, 1, length], 'int32');
  return by === 'buckets' ? given : tidy(() => numbered(x, given, by.factors, padding));
}

/** int32 [b, h, 1, n]: every token where it stands. */
function positions([batch = 0, heads = 0, length = 0]: readonly number[]): Tensor {
  const each = Int32Array.from({ length: batch * heads * length }, (_, at) => at % length);
  return tensor(each, [batch, heads, 1, length], 'int32');
}

/** int32 [b, n]: where keys stand, −1 for padding. */
function visiblePositions([batch = 0, , length = 0]: readonly number[], padding: Int32Array | undefined): Tensor | undefined {
  return (
    padding &&
    tensor(
      padding.map((visible, at) => (visible === 1 ? at % length : -1)),
      [batch, length],
      'int32',
    )
  );
}
