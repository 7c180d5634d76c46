import type { RecordOf } from './term-record.ts';

/** No step: it makes scores of its own from rows of its own, as call-fields.ts and backward.ts say. */
export const relativePositions: RecordOf<'relativePositions'> = { kind: 'relativePositions' };
