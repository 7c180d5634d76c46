import { equal, exp, expandDims, mul, neg, reshape, sub, sum, type Tensor, where, zerosLike } from '@tensorflow/tfjs-core';
import { dims } from '../../../tensor/dims.ts';
import { zeroIfMasked } from '../../../tensor/part-weights.ts';
import type { TermRecordOf } from './term-record.ts';

export interface AttentionSinkTerm {
  readonly kind: 'attentionSink';
  readonly logits: Tensor;
}

/**
 * A learned sink: one more score for each head in the softmax's denominator, with no value after it, so that a query may attend to
 * nothing: out = Σ exp(s) v / (exp(sink) + Σ exp(s)). It is what a key of that final score (scale and other terms leave it as it is)
 * and of a zero value would do, for every query, masked or not.
 *
 * `logSumExp` includes the sink: log(exp(sink) + Σ exp(s)). So a fully masked row gives zeros and a logSumExp of the sink, and parts of
 * the keys merge exactly where one of the parts has the sink. Dropout drops none of it. `attentionWeights` then sum to less than 1.
 * @shape logits [h], natural logarithms
 * @cost O(b · h · nq) beside the attention; nothing for each pair
 * @source OpenAI 2025, gpt-oss (arXiv 2508.10925) §2; Xiao et al. 2023 (arXiv 2309.17453) §3.3, its learned sink without a key
 */
export function attentionSink(logits: Tensor): AttentionSinkTerm {
  dims('attentionSink', { logits: [logits, 'h:float32'] });
  return { kind: 'attentionSink', logits };
}

/** The sink's own weight in a row, exp(sink − lse), has no value: its score's cotangent is −weight · (rowsum(dO · O) − dlse). */
export const attentionSinkRecord: TermRecordOf<AttentionSinkTerm> = {
  kind: 'attentionSink',
  tensors: { logits: 'h:float32' },
  single: true,
  temporaries: { scores: 1, blocks: 0 },
  denominator: ({ logits }) => reshape(logits, [1, logits.size, 1]),
  rowGradients({ logits }, { logSumExp, roundedOff, offset }) {
    const sinks = expandDims(expandDims(logits, 0), 2);
    const weight = exp(sub(sub(sinks, zeroIfMasked(logSumExp)), roundedOff));
    const ofRows = where(equal(weight, 0), zerosLike(weight), mul(weight, offset));
    return [neg(sum(ofRows, [0, 2]))];
  },
};
