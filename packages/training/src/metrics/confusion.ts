import { mostNumbers, requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { type ClassifiedBatch, pairsOf } from './classes.ts';

export interface ClassCount {
  /** How many classes there are. */
  readonly classes: number;
}

/** What happened to one class. */
export interface ClassOutcomes {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
}

/** Counts the outcomes of each class over batches. */
export function confusion(caller: string, options: ClassCount) {
  requireKnown(caller, options, { classes: true });
  const { classes } = options;
  requireInteger(caller, { classes }, 1, { atMost: mostNumbers });
  const labelled = new Float64Array(classes);
  const predicted = new Float64Array(classes);
  const right = new Float64Array(classes);
  return {
    add(batch: ClassifiedBatch): void {
      for (const [label, prediction] of pairsOf(`${caller}.add`, batch, classes)) {
        labelled[label] = (labelled[label] as number) + 1;
        predicted[prediction] = (predicted[prediction] as number) + 1;
        if (label === prediction) right[label] = (right[label] as number) + 1;
      }
    },
    outcomes: (): readonly ClassOutcomes[] =>
      Array.from(right, (truePositives, each) => ({
        truePositives,
        falsePositives: (predicted[each] as number) - truePositives,
        falseNegatives: (labelled[each] as number) - truePositives,
      })),
  };
}
