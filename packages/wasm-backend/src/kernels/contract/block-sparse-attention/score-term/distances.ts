import { headSlot } from './slots.ts';
import type { RecordOf } from './term-record.ts';

export const alibi: RecordOf<'alibi'> = {
  kind: 'alibi',
  step: (heap, { slopes }) => ({ kind: 'alibi', table: heap.pointerOf(slopes) }),
  slot: headSlot,
};

export const spanRamp: RecordOf<'spanRamp'> = {
  kind: 'spanRamp',
  masks: true,
  step: (heap, { span, ramp }) => ({ kind: 'spanRamp', table: heap.pointerOf(span), amount: ramp }),
  slot: headSlot,
};
