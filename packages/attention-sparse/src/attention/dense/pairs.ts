import type { ScoreTerm } from '@longspan/core-tensor';
import { cast, expandDims, type Tensor, tensor } from '@tensorflow/tfjs-core';

/** The sizes of a table of pairs, and where its queries and keys stand. */
export interface Pairs {
  readonly b: number;
  readonly h: number;
  readonly nq: number;
  readonly nk: number;
  /** Float [b|1, h|1, nq, 1] and [b|1, h|1, 1, nk]: where they stand. */
  readonly queries: Tensor;
  readonly keys: Tensor;
}

export const range = (start: number, count: number): Float32Array => Float32Array.from({ length: count }, (_, at) => start + at);

/** Original positions where there are any, else the places in the sequence. */
export function givenPositions(score: readonly ScoreTerm[], nq: number, nk: number, queryOffset: number): Pick<Pairs, 'queries' | 'keys'> {
  const given = score.find((term) => term.kind === 'originalPositions');
  if (given) return { queries: expandDims(cast(given.query, 'float32'), 3), keys: expandDims(cast(given.key, 'float32'), 2) };
  return { queries: tensor(range(queryOffset, nq), [1, 1, nq, 1]), keys: tensor(range(0, nk), [1, 1, 1, nk]) };
}
