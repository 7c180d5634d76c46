import { type LossesOfText, lossPerUnit } from './loss-per-unit.ts';
import type { Metric } from './metric.ts';

/**
 * Perplexity per word of models whose tokens are not words: exp of all losses over all words. Words are what blanks separate; where a data
 * set counts ends of lines as words, as WikiText-103 does, give `words` as its paper counts them.
 * @returns a metric of `{ losses, mask?, text }` or `{ losses, mask?, words }`; losses in nats
 * @throws ConfigError (of `add`) when a loss is not finite, and unless either the text or the words are given
 * @cost O(tokens + length of the text) of each batch; two numbers are kept
 * @source Rae et al. 2020 (arXiv 1911.05507) §4.2: losses of subwords, normalised by the words of the text
 * @example
 * const metric = wordPerplexity();
 * metric.add({ losses: [Math.log(2), Math.log(8), 0], text: 'call me' });
 * metric.value(); // => 4
 */
export const wordPerplexity = (): Metric<LossesOfText<'words'>> => lossPerUnit('wordPerplexity', 'words', wordsOf, Math.exp);

const wordsOf = (text: string): number => text.match(/\S+/g)?.length ?? 0;
