import { attentionDropout, type LayerContext, type ScoreTerm } from '@longspan/core-tensor';
import { dropoutKey } from '@longspan/core-tensor/layer';

/**
 * The score term that drops attention weights while training; no term where nothing is dropped.
 * @param part tells the attentions of one layer apart, so that they do not drop the same pairs
 */
export function attentionDropoutTerms(
  caller: string,
  rate: number,
  context: LayerContext | undefined,
  part = 'attention',
): readonly ScoreTerm[] {
  const key = dropoutKey(caller, rate, context);
  return key === undefined ? [] : [attentionDropout({ key: key.fold(part), rate })];
}
