import { ConfigError, requireKnown } from '@longspan/core-tensor/error';
import type { Metric } from './metric.ts';
import { requireNumbers, requireSameLength } from './numbers.ts';

/** Scores of a detector beside what was right. */
export interface ScoredBatch {
  /** The higher, the surer. */
  readonly scores: ArrayLike<number>;
  /** 1 for what should have a high score, 0 for all else. */
  readonly labels: ArrayLike<number>;
}

/**
 * Average precision: the mean, over all positives, of the precision at the threshold that lets it through. It does not depend on one
 * threshold, and not on the order of equal scores, which pass together. The part of positives is what guessing reaches.
 * @returns a metric of `{ scores, labels }`; NaN while there is no positive
 * @throws ConfigError (of `add`) when a score is not finite or a label is not 0 or 1
 * @cost 16 bytes per element are kept; O(n log n) for the value
 * @source scikit-learn's average_precision_score: Σ (Rₙ − Rₙ₋₁) Pₙ, without interpolation
 * @example
 * const metric = averagePrecision();
 * metric.add({ scores: [0.9, 0.8, 0.7], labels: [1, 0, 1] });
 * metric.value(); // => (1 + 2 / 3) / 2
 */
export function averagePrecision(): Metric<ScoredBatch> {
  const scores: number[] = [];
  const labels: number[] = [];
  return {
    add(batch) {
      const caller = 'averagePrecision.add';
      requireKnown(caller, batch, { scores: true, labels: true });
      requireNumbers(caller, 'scores', batch.scores);
      requireNumbers(caller, 'labels', batch.labels);
      requireSameLength(caller, ['scores', batch.scores], ['labels', batch.labels]);
      const wrong = Array.from(batch.labels).find((label) => label !== 0 && label !== 1);
      if (wrong !== undefined) throw notBinary(caller, wrong);
      for (let at = 0; at < batch.scores.length; at++) {
        scores.push(batch.scores[at] as number);
        labels.push(batch.labels[at] as number);
      }
    },
    value() {
      const order = Array.from(scores, (_, at) => at).sort((a, b) => (scores[b] as number) - (scores[a] as number));
      let positives = 0;
      let sum = 0;
      for (let start = 0; start < order.length; ) {
        let end = start;
        let more = 0;
        for (; end < order.length && scores[order[end] as number] === scores[order[start] as number]; end++)
          more += labels[order[end] as number] as number;
        positives += more;
        sum += (more * positives) / end;
        start = end;
      }
      return sum / positives;
    },
  };
}

const notBinary = (caller: string, label: number): ConfigError =>
  new ConfigError({
    caller,
    problem: 'labels must be 0 or 1.',
    expected: '1 for what should be found, 0 for all else',
    got: String(label),
    remedy: 'of several classes, take the average precision of each against the others.',
  });
