import { answerScores, normalizeAnswer } from '@longspan/training';
import type { Config } from '../config.ts';

/** One answer beside those that are right. */
export function metricsSquad(inputs: Config): Readonly<Record<string, unknown>> {
  const prediction = inputs.raw('prediction') as string; // may be empty
  const metric = answerScores();
  metric.add({ predictions: [prediction], answers: [inputs.raw('answers') as readonly string[]] });
  const { exactMatch, f1 } = metric.value();
  return { normalized: normalizeAnswer(prediction), exact: exactMatch, f1 };
}
