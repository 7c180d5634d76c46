import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import type { BlockLayout } from '../../../layout/block-layout.ts';

/** A whole table of pairs, its sizes and where its queries and keys stand. */
export interface Pairs {
  readonly b: number;
  readonly h: number;
  readonly nq: number;
  readonly nk: number;
  /** Float [b|1, h|1, nq, 1] and [b|1, h|1, 1, nk]: where they stand. */
  readonly queries: Tensor;
  readonly keys: Tensor;
  readonly layout: BlockLayout;
}

/** What a term did to a table of scores; what is omitted is as it was. */
export interface DenseStep {
  readonly scores?: Tensor;
  /** Float 0 or 1: 0 for pairs that it masks. */
  readonly visible?: Tensor;
  /** What the weights are multiplied by after the softmax. */
  readonly kept?: Tensor;
}

export const range = (start: number, count: number): Float32Array => Float32Array.from({ length: count }, (_, at) => start + at);

/** Float [1, 1, 1, nk]: indices. */
export const columnRange = (count: number): Tensor => tensor(range(0, count), [1, 1, 1, count]);
