import { choice, type Field, integer, number } from '../../state/field.ts';
import { urlState } from '../../state/url-state.ts';
import { type MechanismId, mechanismIds } from './mechanisms.ts';
import { backends, bounds, headCounts, rates, type Settings, widths } from './settings.ts';
import { type SubjectId, sizesOf, subjectIds, subjects } from './subjects.ts';

/** The sizes of a task in the URL: integers with points between them; empty for those at first. */
const sizes: Field<readonly number[]> = {
  initial: [],
  read: (written) => {
    if (written === '') return [];
    return /^\d{1,4}(\.\d{1,4}){0,7}$/.test(written) ? written.split('.').map(Number) : undefined;
  },
  write: (values) => values.join('.'),
  rule: 'integers with points between them',
};

const oneOf = <const Value extends number>(initial: NoInfer<Value>, values: readonly Value[]): Field<Value> => ({
  initial,
  read: (written) => values.find((each) => String(each) === written),
  write: String,
  rule: `one of ${values.join(', ')}`,
});

export const compared = ['none', ...mechanismIds] as const;

export const training = urlState('train', {
  subject: choice<SubjectId>('copy', subjectIds),
  sizes,
  mechanism: choice<MechanismId>('full', mechanismIds),
  /** A second mechanism, trained beside the first one from the same seed. */
  other: choice<(typeof compared)[number]>('none', compared),
  span: integer(4, bounds.span),
  width: oneOf(32, widths),
  heads: oneOf(4, headCounts),
  layers: integer(2, bounds.layers),
  context: integer(64, bounds.context),
  batch: integer(32, bounds.batch),
  steps: integer(160, bounds.steps),
  rate: number(0.006, rates),
  seed: integer(1, bounds.seed),
  backend: choice('wasm', backends),
  /** The layer and the head whose attention is shown large. */
  layer: integer(0, { from: 0, to: bounds.layers.to - 1 }),
  head: integer(0, { from: 0, to: 7 }),
});

export type TrainingState = typeof training.values.value;

/** The sizes that a link gives, each brought within its bounds, as many as the task has. */
export function boundedSizes(subject: SubjectId, values: readonly number[]): number[] {
  if (subject === 'text') return [];
  const given = sizesOf(subject, values);
  return subjects[subject].sizes.map(({ option, from, to }) => Math.min(to, Math.max(from, given[option] as number)));
}

/** What the runs follow from: one for each mechanism. */
export function settingsOf(state: TrainingState): readonly Settings[] {
  const { subject, mechanism, other, span, width, heads, layers, context, batch, steps, rate, seed } = state;
  const names = other === 'none' ? [mechanism] : [mechanism, other];
  const own = { subject, sizes: boundedSizes(subject, state.sizes), span, width, heads, layers, context, batch, steps, rate, seed };
  return names.map((each) => ({ ...own, mechanism: each }));
}
