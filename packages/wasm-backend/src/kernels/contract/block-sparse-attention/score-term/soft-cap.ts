import type { RecordOf } from './term-record.ts';

export const softCap: RecordOf<'softCap'> = {
  kind: 'softCap',
  step: (_, { cap }) => ({ kind: 'softCap', amount: cap, hasSlope: true }),
};
