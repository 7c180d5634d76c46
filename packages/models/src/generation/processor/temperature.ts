import { requireKind } from '@longspan/core-tensor/error';
import type { LogitsProcessor } from './processor.ts';

/**
 * Divides the scores: below 1 likely tokens get likelier, above 1 the others.
 * @throws ConfigError unless the temperature is above 0
 * @cost one pass over the vocabulary
 * @source TemperatureLogitsWarper of Hugging Face transformers 4.57
 * @example
 * [...temperature(0.5)(Float64Array.of(1, -2), { tokens: [], newTokens: 0, maxNewTokens: 9 })]; // => [2, -4]
 */
export function temperature(degree: number): LogitsProcessor {
  requireKind('temperature', 'degree', degree, 'positive');
  return (scores) => scores.map((score) => score / degree);
}
