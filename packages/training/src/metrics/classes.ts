import { ConfigError, requireIntegers, requireKnown } from '@longspan/core-tensor/error';
import { requireMask, requireSameLength } from './numbers.ts';

/** Answers of a classifier beside the right ones. */
export interface ClassifiedBatch {
  /** The right classes, integers from 0. */
  readonly labels: ArrayLike<number>;
  /** The classes that were predicted, one for each label. */
  readonly predictions: ArrayLike<number>;
  /** 1 where an element counts, 0 where it does not; all count by default. */
  readonly mask?: ArrayLike<number> | undefined;
}

/** The elements that count, as pairs of label and prediction; below `classes`, where their number is known. */
export function pairsOf(
  caller: string,
  batch: ClassifiedBatch,
  classes?: number,
): readonly (readonly [label: number, prediction: number])[] {
  requireKnown(caller, batch, { labels: true, predictions: true, mask: true });
  const labels = requireIntegers(caller, 'labels', batch.labels);
  const predictions = requireIntegers(caller, 'predictions', batch.predictions);
  requireSameLength(caller, ['labels', labels], ['predictions', predictions]);
  const { mask } = batch;
  if (mask !== undefined) requireMask(caller, mask, ['labels', labels]);
  const counted = labels.flatMap((label, at) =>
    mask === undefined || mask[at] === 1 ? [[label, predictions[at] as number] as const] : [],
  );
  const wrong = counted.flat().find((each) => each < 0 || each >= (classes ?? Number.POSITIVE_INFINITY));
  if (wrong === undefined) return counted;
  throw new ConfigError({
    caller,
    problem: `labels and predictions must be classes${classes === undefined ? ' of at least 0' : ''}.`,
    expected: classes === undefined ? 'integers from 0' : `integers of 0 … ${classes - 1}`,
    got: String(wrong),
    remedy: 'give mask: 0 where a label is none (−100, say).',
  });
}
