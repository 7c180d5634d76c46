import { accuracy, classificationReport } from '@longspan/training';
import type { Config } from '../config.ts';

/** Precision, recall and F1 of each class, and their macro means. */
export function metricsClassification(inputs: Config): Readonly<Record<string, unknown>> {
  const batch = { labels: inputs.numbers('labels'), predictions: inputs.numbers('predictions') };
  const metric = classificationReport({ classes: inputs.number('classes') });
  metric.add(batch);
  const alone = accuracy();
  alone.add(batch);
  const { perClass, macroPrecision, macroRecall, macroF1 } = metric.value();
  return {
    per_class: perClass.map(({ precision, recall, f1 }) => [precision, recall, f1]),
    macro_precision: macroPrecision,
    macro_recall: macroRecall,
    macro_f1: macroF1,
    accuracy: alone.value(),
  };
}
