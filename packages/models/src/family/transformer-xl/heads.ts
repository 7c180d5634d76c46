import type { Layer, StatefulResult } from '@longspan/core-tensor';
import { inNameOf, stamped } from '@longspan/core-tensor/error';
import type { SegmentRecurrenceContext, SegmentRecurrenceResult } from '@longspan/memory-xl';
import type { ConfigJson } from '../../config/read-config.ts';
import type { Labels } from '../../head/losses.ts';
import type { NextTokenContext } from '../../head/next-tokens.ts';
import { type TransformerXlConfig, transformerXlConfig } from './config.ts';
import { modelOf, type XlTargets } from './language-model.ts';
import { sizesOf, type TransformerXlOptions } from './model.ts';

/** Log-probabilities of the next token, and the same model up to its losses. */
export interface TransformerXlLanguageModel extends Layer<SegmentRecurrenceContext & NextTokenContext, SegmentRecurrenceResult> {
  /** The mean loss of `labels`, int32 [b, n]: the ids themselves, which are shifted by one; −100 where there is none. { hidden, state } */
  readonly loss: Layer<SegmentRecurrenceContext & Labels, StatefulResult>;
  /** The losses [b, n] of given `targets`, which are not shifted: what streams are scored by. No row as wide as the vocabulary is made. */
  readonly losses: Layer<SegmentRecurrenceContext & XlTargets, SegmentRecurrenceResult>;
}

/**
 * Transformer-XL with log-probabilities of the next token by its adaptive softmax, `loss` over `labels` and `losses` over `targets`.
 * @shape ids int32 [b, n] -> hidden [b, n, vocabSize]; state as that of transformerXlModel, under `transformer.`
 * @cost that of transformerXlModel, and n · dModel · vocabSize multiply-adds; `losses` by targets of the host: see adaptiveSoftmax
 * @source TransfoXLLMHeadModel of Hugging Face transformers 4.57
 */
export function transformerXlForCausalLanguageModel(
  config: ConfigJson | Partial<TransformerXlConfig>,
  options: TransformerXlOptions = {},
): TransformerXlLanguageModel {
  const name = 'transformerXlForCausalLanguageModel';
  const { logProbabilities, loss, ...losses } = inNameOf(name, () => modelOf(name, sizesOf(name, transformerXlConfig(config), options)));
  return stamped({ ...logProbabilities, loss, losses });
}
