import type { Tensor } from '@tensorflow/tfjs-core';
import type { Chunk } from '../reference/chunk.ts';

/** Rows of a gradient that belong to rows of one of a term's tensors, flattened to [height, width]. */
export interface Contribution {
  /** Which of the term's tensors. */
  readonly tensor: number;
  readonly rows: Int32Array | Tensor;
  /** [rows, width] */
  readonly updates: Tensor;
}

/** What a term did to a chunk's scores [C, B, W · B], and how to go back. */
export interface Step {
  readonly scores: Tensor;
  /** Float 0 or 1, broadcast to the scores: 0 for pairs that the term masks. */
  readonly visible?: Tensor | undefined;
  /** From the cotangent of the new scores to that of the old ones and of the term's tensors. Absent: it is passed on as it is. */
  readonly backward?: ((cotangent: Tensor) => { readonly scores: Tensor; readonly contributions: readonly Contribution[] }) | undefined;
  /** What the weights are multiplied by after the softmax; made only where it is wanted. */
  readonly kept?: (() => Tensor) | undefined;
}

/** Where the tokens of a chunk stand, as float32 (exact below 2^24). */
export interface Positions {
  /** [C, B, 1] */
  readonly query: Tensor;
  /** [C, 1, W · B] */
  readonly key: Tensor;
}

export interface Place {
  readonly chunk: Chunk;
  /** Original positions where the call has them, else the places in the sequence. */
  readonly positions: () => Positions;
}
