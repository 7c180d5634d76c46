import { perplexity } from '@longspan/training';
import type { Config } from '../config.ts';

/** Losses with masks, row by row. */
export function metricsPerplexity(inputs: Config): Readonly<Record<string, number>> {
  const metric = perplexity();
  const masks = inputs.raw('mask') as readonly (readonly number[])[];
  for (const [at, losses] of (inputs.raw('losses') as readonly (readonly number[])[]).entries()) metric.add({ losses, mask: masks[at] });
  const value = metric.value();
  return { tokens: masks.flat().reduce((sum, each) => sum + each, 0), mean_loss: Math.log(value), perplexity: value };
}
