import { type AttentionDropoutTerm, attentionDropout } from '../contracts/block-sparse-attention/index.ts';
import { dropoutKey } from './dropout.ts';
import type { LayerContext } from './layer.ts';

/**
 * The score term by which a layer drops attention weights while training; no term where nothing is dropped.
 * @param part tells the attentions of one layer apart, so that they do not drop the same pairs
 * @throws ConfigError when training with dropout but without a key
 */
export function attentionDropoutTerms(
  caller: string,
  rate: number,
  context: LayerContext | undefined,
  part = 'attention',
): readonly AttentionDropoutTerm[] {
  const key = dropoutKey(caller, rate, context);
  return key === undefined ? [] : [attentionDropout({ key: key.fold(part), rate })];
}
