import { alibi, alibiSlopes, distanceBias, gatherRows, relativeDistanceBuckets, type ScoreTerm } from '@longspan/core-tensor';
import { requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { remember } from '@longspan/core-tensor/memo';
import { type Tensor, tensor1d, transpose } from '@tensorflow/tfjs-core';

/** T5's learned biases by distance: a table of numbers that the distances share, in buckets. */
export interface RelativeBias {
  /** Rows of the table. */
  readonly buckets: number;
  /** Tokens; this distance and all beyond it share the last bucket. */
  readonly maxDistance: number;
  /** Whether keys after the query have buckets of their own; false for decoders. */
  readonly bidirectional: boolean;
  /** The layer that holds the table, as in a checkpoint; 'relative_attention_bias' by default. */
  readonly name?: string | undefined;
  /** The table is another layer's, as in T5, where all layers read that of the first: it comes as `context.relativeBias`. */
  readonly shared?: boolean | undefined;
}

export const tableName = ({ name = 'relative_attention_bias' }: RelativeBias): string => `${name}.weight`;

/** @returns a function of the table [buckets, heads], and of how many tokens lie between the two that are farthest apart */
export function relativeBiasTerm(caller: string, relativeBias: RelativeBias): (table: Tensor, farthest: number) => ScoreTerm {
  requireKnown(`${caller} relativeBias`, relativeBias, {
    buckets: true,
    maxDistance: true,
    bidirectional: 'flag',
    name: true,
    shared: 'flag',
  });
  const { buckets, maxDistance, bidirectional } = relativeBias;
  requireInteger(caller, { 'relativeBias.maxDistance': maxDistance }, 1);
  const bucketOf = relativeDistanceBuckets({ buckets, maxDistance, bidirectional });
  const bucketsWithin = remember<Int32Array>(`${caller} buckets of distances`);
  return (table, farthest) => {
    // No farther than the tokens are: all distances beyond it are none of theirs. By powers of two, so that decoding makes few of them.
    const center = Math.min(maxDistance, 2 ** Math.ceil(Math.log2(Math.max(1, farthest))));
    const ids = bucketsWithin(`${center}`, () => Int32Array.from({ length: 2 * center + 1 }, (_, at) => bucketOf(at - center)));
    return distanceBias(transpose(gatherRows(table, tensor1d(ids, 'int32'))), { center });
  };
}

export const alibiTerm = (heads: number): ScoreTerm => alibi(tensor1d(alibiSlopes(heads)));
