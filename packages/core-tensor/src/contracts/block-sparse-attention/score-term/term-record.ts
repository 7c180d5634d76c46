import type { Tensor } from '@tensorflow/tfjs-core';
import type { AttentionBlocks } from '../attention-blocks.ts';
import type { DenseStep, Pairs } from './pairs.ts';
import type { Place, Step } from './step.ts';

/** What the gradient of a term that acts on whole rows of the softmax is made of; all [b, h, nq]. */
export interface SoftmaxRows {
  readonly logSumExp: Tensor;
  /** What rounding took from it. */
  readonly roundedOff: Tensor;
  /** What each row's log-sum-exp takes from the scores' cotangents: rowsum(dO · O) − dlse. */
  readonly offset: Tensor;
}

/** How many temporaries of the size of a tile of scores, and of a block of keys or values, one tile keeps alive (measured by tf.profile). */
export interface Temporaries {
  readonly scores: number;
  readonly blocks: number;
}

/**
 * All that core-tensor knows of a kind of score term: one of these, in the list of index.ts, is a term on the reference kernel and in
 * the dense definition. Hooks that a term has no use for are omitted.
 */
export interface TermRecord<Term extends { readonly kind: string }> {
  readonly kind: Term['kind'];
  /** Its tensors: the axes and the dtype of each by its field, in the letters of q, k and v. Those of float32 have gradients. */
  readonly tensors: Readonly<Record<string, string>>;
  /** Its other fields. */
  readonly others?: readonly string[];
  /** Whether a call may have it once only. */
  readonly single?: boolean;
  /** What the reference needs on top for it, in either pass; four tiles of scores by default. */
  readonly temporaries?: Temporaries;
  /** Checks what the axes do not say. @throws ConfigError, ShapeError */
  check?(caller: string, term: Term, blocks: AttentionBlocks): void;
  /** What it does to scaled scores before the softmax, or to weights after it: made once for a pass, then applied chunk by chunk. */
  step?(term: Term, blocks: AttentionBlocks): (scores: Tensor, place: Place) => Step;
  /** The shape in which contributions address one of its tensors, [height, width]; one number a row by default. */
  sumShape?(tensor: Tensor, blockSize: number): readonly [height: number, width: number];
  /** [1, h, 1]: a score that joins the softmax's denominator of every row, and has no value. */
  denominator?(term: Term): Tensor;
  /** The gradients of its tensors, where they follow from whole rows of the softmax. */
  rowGradients?(term: Term, rows: SoftmaxRows): readonly Tensor[];
  /** The same by its definition on a whole table of pairs, as tfjs ops that tfjs differentiates: what `step` is checked against. */
  dense?(term: Term, scores: Tensor, pairs: Pairs): DenseStep;
}

/** The same, where each tensor of the term has its axes. */
export type TermRecordOf<Term extends { readonly kind: string }> = TermRecord<Term> & {
  readonly tensors: { readonly [Field in keyof Term as Term[Field] extends Tensor ? Field : never]: string };
  readonly others?: readonly Exclude<keyof Term, 'kind'>[];
};
