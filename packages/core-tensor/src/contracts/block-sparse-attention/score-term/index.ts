import type { Tensor } from '@tensorflow/tfjs-core';
import { type AlibiTerm, alibiRecord } from './alibi.ts';
import { type AttentionDropoutTerm, attentionDropoutRecord } from './attention-dropout.ts';
import { type AttentionSinkTerm, attentionSinkRecord } from './attention-sink.ts';
import { type BiasTerm, biasRecord } from './bias.ts';
import { type BlockBiasTerm, blockBiasRecord } from './block-bias.ts';
import { type CellBiasTerm, cellBiasRecord } from './cell-bias.ts';
import { type DistanceBiasTerm, distanceBiasRecord } from './distance-bias.ts';
import { type KeyLengthsTerm, keyLengthsRecord } from './key-lengths.ts';
import { type OriginalPositionsTerm, originalPositionsRecord } from './original-positions.ts';
import { type RelativePositionsTerm, relativePositionsRecord } from './relative-positions.ts';
import { type SoftCapTerm, softCapRecord } from './soft-cap.ts';
import { type SpanRampTerm, spanRampRecord } from './span-ramp.ts';
import type { TermRecord } from './term-record.ts';

export { type AlibiTerm, alibi } from './alibi.ts';
export { type AttentionDropoutTerm, attentionDropout } from './attention-dropout.ts';
export { type AttentionSinkTerm, attentionSink } from './attention-sink.ts';
export { type BiasTerm, bias } from './bias.ts';
export { type BlockBiasTerm, blockBias } from './block-bias.ts';
export { type CellBiasTerm, cellBias } from './cell-bias.ts';
export { type DistanceBiasTerm, distanceBias } from './distance-bias.ts';
export { type KeyLengthsTerm, keyLengths } from './key-lengths.ts';
export { type OriginalPositionsTerm, originalPositions } from './original-positions.ts';
export { type RelativePositionsTerm, relativePositions } from './relative-positions.ts';
export { type SoftCapTerm, softCap } from './soft-cap.ts';
export { type SpanRampTerm, spanRamp } from './span-ramp.ts';

/**
 * One step that turns the scaled score of a query and a key into another, or that decides whether the pair is visible, or that acts on
 * the softmax. Terms are values: made by the functions above, applied in the order of the list. A term holds tensors only in its own
 * fields, so that their gradients can be found. A new one has its record below.
 */
export type ScoreTerm =
  | AlibiTerm
  | AttentionDropoutTerm
  | AttentionSinkTerm
  | BiasTerm
  | BlockBiasTerm
  | CellBiasTerm
  | DistanceBiasTerm
  | KeyLengthsTerm
  | OriginalPositionsTerm
  | RelativePositionsTerm
  | SoftCapTerm
  | SpanRampTerm;

const records: { readonly [Kind in ScoreTerm['kind']]: TermRecord<Extract<ScoreTerm, { readonly kind: Kind }>> } = {
  alibi: alibiRecord,
  attentionDropout: attentionDropoutRecord,
  attentionSink: attentionSinkRecord,
  bias: biasRecord,
  blockBias: blockBiasRecord,
  cellBias: cellBiasRecord,
  distanceBias: distanceBiasRecord,
  keyLengths: keyLengthsRecord,
  originalPositions: originalPositionsRecord,
  relativePositions: relativePositionsRecord,
  softCap: softCapRecord,
  spanRamp: spanRampRecord,
};

const byKind: Readonly<Record<ScoreTerm['kind'], TermRecord<ScoreTerm>>> = records;

/** The kinds of terms that there are. */
export const termKinds: readonly ScoreTerm['kind'][] = Object.keys(records) as ScoreTerm['kind'][];

/** All that is known of a term's kind. */
export const recordOf = ({ kind }: ScoreTerm): TermRecord<ScoreTerm> => byKind[kind];

/** The tensors that a term holds, in a fixed order: tfjs wants an operation's tensors apart from its other attributes. */
export const tensorsOf = (term: ScoreTerm): readonly Tensor[] => {
  const fields: Readonly<Record<string, unknown>> = { ...term };
  return Object.keys(recordOf(term).tensors).map((field) => fields[field] as Tensor);
};

/**
 * The same term with other tensors, in the order of `tensorsOf`.
 * @shape those of the term
 * @cost no tensor operations
 */
export const withTensors = (term: ScoreTerm, tensors: readonly Tensor[]): ScoreTerm => ({
  ...term,
  ...Object.fromEntries(Object.keys(recordOf(term).tensors).map((field, at) => [field, tensors[at]])),
});

/** Whether the term's tensors have gradients; those of integers do not. */
export const isLearned = (term: ScoreTerm): boolean => Object.values(recordOf(term).tensors).some((axes) => axes.endsWith(':float32'));
