import type { ClassifiedBatch } from './classes.ts';
import { type ClassCount, type ClassOutcomes, confusion } from './confusion.ts';
import type { Metric } from './metric.ts';

/** Of one class; 0 where there is nothing to divide by. */
export interface ClassScores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export interface ClassificationReport {
  readonly accuracy: number;
  readonly macroPrecision: number;
  readonly macroRecall: number;
  readonly macroF1: number;
  readonly perClass: readonly ClassScores[];
}

/**
 * Precision, recall and F1 of each class, their unweighted means over the classes (macro), and the accuracy. A class that never occurs
 * counts in the means with 0, as in scikit-learn where `labels` names all classes.
 * @param options.classes how many classes there are
 * @returns a metric of `{ labels, predictions, mask? }`
 * @throws ConfigError when classes is not an integer of at least 1; of `add`, when a label or a prediction is not one of them
 * @cost O(elements) of each batch; three numbers per class are kept
 * @source scikit-learn's precision_recall_fscore_support with zero_division=0
 * @example
 * const metric = classificationReport({ classes: 2 });
 * metric.add({ labels: [0, 0, 0, 1], predictions: [0, 0, 0, 0] });
 * metric.value().macroF1; // => 3 / 7
 * metric.value().perClass[0]; // => { precision: 0.75, recall: 1, f1: 6 / 7 }
 */
export function classificationReport(options: ClassCount): Metric<ClassifiedBatch, ClassificationReport> {
  const { add, outcomes } = confusion('classificationReport', options);
  return {
    add,
    value() {
      const all = outcomes();
      const perClass = all.map(scoresOf);
      const mean = (name: keyof ClassScores): number => perClass.reduce((sum, each) => sum + each[name], 0) / perClass.length;
      const right = all.reduce((sum, { truePositives }) => sum + truePositives, 0);
      const count = all.reduce((sum, { truePositives, falseNegatives }) => sum + truePositives + falseNegatives, 0);
      return { accuracy: right / count, macroPrecision: mean('precision'), macroRecall: mean('recall'), macroF1: mean('f1'), perClass };
    },
  };
}

function scoresOf({ truePositives, falsePositives, falseNegatives }: ClassOutcomes): ClassScores {
  const part = (of: number): number => (of === 0 ? 0 : truePositives / of);
  return {
    precision: part(truePositives + falsePositives),
    recall: part(truePositives + falseNegatives),
    f1: part(truePositives + (falsePositives + falseNegatives) / 2),
  };
}
