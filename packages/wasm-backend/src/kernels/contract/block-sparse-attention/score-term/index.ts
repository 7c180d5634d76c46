import type { ScoreTerm } from '@longspan/core-tensor';
import type { AttentionCall } from '@longspan/core-tensor/kernel';
import { inOrder, type JobFields, type TermFields, termFields, termKinds } from '../job.ts';
import { attentionDropout } from './attention-dropout.ts';
import { attentionSink } from './attention-sink.ts';
import { alibi, spanRamp } from './distances.ts';
import { relativePositions } from './relative-positions.ts';
import { softCap } from './soft-cap.ts';
import { bias, blockBias, cellBias, distanceBias } from './tables.ts';
import type { RecordOf, SlotPlace, TermPlace, TermRecord, TermSlot } from './term-record.ts';
import { keyLengths, originalPositions } from './visibility.ts';

const records: { readonly [Kind in ScoreTerm['kind']]: RecordOf<Kind> } = {
  alibi,
  attentionDropout,
  attentionSink,
  bias,
  blockBias,
  cellBias,
  distanceBias,
  keyLengths,
  originalPositions,
  relativePositions,
  softCap,
  spanRamp,
};

const byKind: Readonly<Record<ScoreTerm['kind'], TermRecord<ScoreTerm>>> = records;

/** What these kernels know of a term's kind. */
export const recordOf = ({ kind }: ScoreTerm): TermRecord<ScoreTerm> => byKind[kind];

/** Slots for the gradients of the call's terms; undefined for those without. */
export const termSlots = ({ terms }: AttentionCall, place: SlotPlace): readonly (TermSlot | undefined)[] =>
  terms.map((term) => recordOf(term).slot?.(place, term));

const blank: TermFields = {
  kind: 0,
  table: 0,
  batch: 1,
  heads: 1,
  size: 0,
  columns: 0,
  center: 0,
  amount: 0,
  cotangent: 0,
  apart: 0,
  slope: -1,
};

/** The fields of a job that its score terms decide, relative positions apart. `slots`: by term, going back. */
export function termFieldsOf({ terms }: AttentionCall, place: TermPlace, slots: readonly (TermSlot | undefined)[] = []): JobFields {
  let slopes = 0;
  const steps = terms.flatMap((term, at) => {
    const step = recordOf(term).step?.(place.heap, term) ?? null;
    if (step === null) return [];
    const { kind, hasSlope = false, ...own } = step;
    const { pointer = 0, apart = false } = slots[at] ?? {};
    const placed = { kind: termKinds.indexOf(kind), cotangent: pointer, apart: Number(apart), slope: hasSlope ? slopes++ : -1 };
    return [inOrder(termFields, { ...blank, ...own, ...placed })];
  });
  const fields = [...new Set(terms.map(({ kind }) => kind))].map((kind) => {
    const [first, ...more] = terms.filter((term) => term.kind === kind);
    return first && recordOf(first).fields?.(place, [first, ...more]);
  });
  return Object.assign(
    {
      terms: place.arena.ints(steps.flat()),
      termCount: steps.length,
      termsMask: Number(terms.some((term) => recordOf(term).masks)),
      dropoutGain: 1,
    },
    ...fields,
  );
}
