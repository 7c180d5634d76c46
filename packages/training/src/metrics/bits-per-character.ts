import { type LossesOfText, lossPerUnit } from './loss-per-unit.ts';
import type { Metric } from './metric.ts';

/**
 * Bits that a model needs for a character of a text, whatever its tokens are. Characters are code points: of text8 they are the bytes;
 * of enwik8, where papers count bytes and say characters, take `bitsPerByte`.
 * @returns a metric of `{ losses, mask?, text }` or `{ losses, mask?, characters }`; losses in nats
 * @throws ConfigError (of `add`) when a loss is not finite, and unless either the text or the characters are given
 * @cost O(tokens + length of the text) of each batch; two numbers are kept
 * @source Graves 2013 (arXiv 1308.0850) §3
 * @example
 * const metric = bitsPerCharacter();
 * metric.add({ losses: [Math.LN2, 3 * Math.LN2], text: 'é!' });
 * metric.value(); // => 2
 */
export const bitsPerCharacter = (): Metric<LossesOfText<'characters'>> =>
  lossPerUnit('bitsPerCharacter', 'characters', codePoints, (nats) => nats / Math.LN2);

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
