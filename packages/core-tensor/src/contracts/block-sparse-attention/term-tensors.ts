import type { Tensor } from '@tensorflow/tfjs-core';
import type { ScoreTerm } from './score-terms.ts';

/** The tensors that a term holds, in a fixed order: tfjs wants an operation's tensors apart from its other attributes. */
export function tensorsOf(term: ScoreTerm): readonly Tensor[] {
  switch (term.kind) {
    case 'bias':
    case 'blockBias':
      return [term.bias];
    case 'distanceBias':
    case 'cellBias':
      return [term.table];
    case 'alibi':
      return [term.slopes];
    case 'relativePositions':
      return [term.r, term.u, term.v];
    case 'keyLengths':
      return [term.lengths];
    case 'spanRamp':
      return [term.span];
    case 'originalPositions':
      return [term.query, term.key];
    case 'softCap':
    case 'attentionDropout':
      return [];
  }
}

/**
 * The same term with other tensors, in the order of `tensorsOf`.
 * @shape those of the term
 * @cost no tensor operations
 */
export function withTensors(term: ScoreTerm, tensors: readonly Tensor[]): ScoreTerm {
  const at = (index: number): Tensor => tensors[index] as Tensor;
  switch (term.kind) {
    case 'bias':
    case 'blockBias':
      return { ...term, bias: at(0) };
    case 'distanceBias':
    case 'cellBias':
      return { ...term, table: at(0) };
    case 'alibi':
      return { ...term, slopes: at(0) };
    case 'relativePositions':
      return { ...term, r: at(0), u: at(1), v: at(2) };
    case 'keyLengths':
      return { ...term, lengths: at(0) };
    case 'spanRamp':
      return { ...term, span: at(0) };
    case 'originalPositions':
      return { ...term, query: at(0), key: at(1) };
    case 'softCap':
    case 'attentionDropout':
      return term;
  }
}

/** Whether the term's tensors have gradients; those of integers do not. */
export const isLearned = (term: ScoreTerm): boolean => term.kind !== 'keyLengths' && term.kind !== 'originalPositions';
