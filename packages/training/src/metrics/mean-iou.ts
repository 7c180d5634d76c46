import type { ClassifiedBatch } from './classes.ts';
import { type ClassCount, confusion } from './confusion.ts';
import type { Metric } from './metric.ts';

/**
 * Mean intersection over union of a segmentation: of each class the elements that label and prediction share over those that either has,
 * pooled over all batches; then the mean over the classes that occur in either.
 * @param options.classes how many classes there are
 * @returns a metric of `{ labels, predictions, mask? }`; elements are pixels, or anything that has a class
 * @throws ConfigError when classes is not an integer of at least 1; of `add`, when a label or a prediction is not one of them
 * @cost O(elements) of each batch; three numbers per class are kept
 * @source Long, Shelhamer & Darrell 2015 (arXiv 1411.4038) §5, mean IU
 * @example
 * const metric = meanIoU({ classes: 3 });
 * metric.add({ labels: [0, 0, 1, 1], predictions: [0, 1, 1, 1] });
 * metric.value(); // => (1 / 2 + 2 / 3) / 2
 */
export function meanIoU(options: ClassCount): Metric<ClassifiedBatch> {
  const { add, outcomes } = confusion('meanIoU', options);
  return {
    add,
    value() {
      const present = outcomes().flatMap(({ truePositives, falsePositives, falseNegatives }) => {
        const union = truePositives + falsePositives + falseNegatives;
        return union === 0 ? [] : [truePositives / union];
      });
      return present.reduce((sum, each) => sum + each, 0) / present.length;
    },
  };
}
