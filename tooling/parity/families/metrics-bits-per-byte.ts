import { bitsPerByte } from '@longspan/training';
import type { Config } from '../config.ts';

/** Losses of several texts, pooled. */
export function metricsBitsPerByte(inputs: Config): Readonly<Record<string, number>> {
  const metric = bitsPerByte();
  const texts = inputs.raw('texts') as readonly string[];
  for (const [at, losses] of (inputs.raw('losses') as readonly (readonly number[])[]).entries()) metric.add({ losses, text: texts[at] });
  return { bytes: new TextEncoder().encode(texts.join('')).length, bits_per_byte: metric.value() };
}
