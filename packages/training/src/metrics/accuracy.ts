import { type ClassifiedBatch, pairsOf } from './classes.ts';
import type { Metric } from './metric.ts';

/**
 * The part of predictions that are right.
 * @returns a metric of `{ labels, predictions, mask? }`
 * @throws ConfigError (of `add`) when the lists do not belong together, and where a class is no integer from 0
 * @cost O(elements) of each batch; two numbers are kept
 * @example
 * const metric = accuracy();
 * metric.add({ labels: [0, 1, 2, 2], predictions: [0, 1, 2, 1] });
 * metric.value(); // => 0.75
 */
export function accuracy(): Metric<ClassifiedBatch> {
  let right = 0;
  let all = 0;
  return {
    add(batch) {
      const pairs = pairsOf('accuracy.add', batch);
      right += pairs.filter(([label, prediction]) => label === prediction).length;
      all += pairs.length;
    },
    value: () => right / all,
  };
}
