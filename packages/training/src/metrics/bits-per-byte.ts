import { type LossesOfText, lossPerUnit } from './loss-per-unit.ts';
import type { Metric } from './metric.ts';

/**
 * Bits that a model needs for a byte of a text (UTF-8), whatever its tokens are: the sum of all losses, in bits, over all bytes. Lower is
 * better; 8 is what no model at all needs.
 * @returns a metric of `{ losses, mask?, text }` or `{ losses, mask?, bytes }`; losses in nats
 * @throws ConfigError (of `add`) when a loss is not finite, and unless either the text or the bytes are given
 * @cost O(tokens + length of the text) of each batch; two numbers are kept
 * @source Gao et al. 2020 (arXiv 2101.00027) §3.1
 * @example
 * const metric = bitsPerByte();
 * metric.add({ losses: [Math.LN2, 3 * Math.LN2], text: 'é!' });
 * metric.value(); // => 4 / 3
 */
export const bitsPerByte = (): Metric<LossesOfText<'bytes'>> => lossPerUnit('bitsPerByte', 'bytes', utf8Length, (nats) => nats / Math.LN2);

const encoder = new TextEncoder();
const utf8Length = (text: string): number => encoder.encode(text).length;
