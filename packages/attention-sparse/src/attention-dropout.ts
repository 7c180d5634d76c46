import { attentionDropout, type Key, type LayerContext, type ScoreTerm } from '@longspan/core-tensor';
import { ConfigError } from '@longspan/core-tensor/error';

/** Throws unless the rate is a share that leaves something. */
export function requireRate(door: string, name: string, rate: number): void {
  if (rate >= 0 && rate < 1) return;
  throw new ConfigError({
    door,
    problem: `${name} is not a share of what can be dropped.`,
    expected: 'a number from 0 to below 1',
    got: String(rate),
    remedy: `use ${name}: 0.1 to drop a tenth while training, 0 for none.`,
  });
}

/**
 * The key that a layer's dropout draws from, or nothing where nothing is dropped.
 * @throws ConfigError when training with dropout but without a key
 */
export function dropoutKey(door: string, rate: number, context: LayerContext | undefined): Key | undefined {
  if (rate === 0 || context?.training !== true) return undefined;
  if (context.key !== undefined) return context.key;
  throw new ConfigError({
    door,
    problem: 'training with dropout needs a key.',
    expected: 'context.key',
    got: `{ training: true } with dropout ${rate}`,
    remedy: 'pass { training: true, key: createKey(seed).fold(step) }: the same key drops the same again.',
  });
}

/**
 * The score term that drops attention weights while training; no term where nothing is dropped.
 * @param part tells the attentions of one layer apart, so that they do not drop the same pairs
 */
export function attentionDropoutTerms(
  door: string,
  rate: number,
  context: LayerContext | undefined,
  part = 'attention',
): readonly ScoreTerm[] {
  const key = dropoutKey(door, rate, context);
  return key === undefined ? [] : [attentionDropout({ key: key.fold(part), rate })];
}
