import { ofHeads } from './slots.ts';
import type { RecordOf } from './term-record.ts';

export const attentionSink: RecordOf<'attentionSink'> = {
  kind: 'attentionSink',
  fields: ({ heap }, [{ logits }]) => ({ sinks: heap.pointerOf(logits) }),
  /** −exp(sink − lse) · (D − dlse), summed over the rows of each head: what a key without a value would get. */
  slot: ({ heap, sizes: { batch, heads, queryLength } }, { logits }) => ({
    pointer: 0,
    apart: false,
    finish({ offsetOfQueries = 0, logSumExp = 0, roundedOff = 0 }) {
      const sinks = heap.pointerOf(logits) / 4;
      const [offsets, wholes, rests] = [offsetOfQueries / 4, logSumExp / 4, roundedOff / 4];
      const view = heap.f32();
      return ofHeads(heap, heads, (head) => {
        let sum = 0;
        for (let row = 0; row < batch; row++) {
          const first = (row * heads + head) * queryLength;
          for (let at = first; at < first + queryLength; at++) {
            const whole = view[wholes + at] as number;
            const rest = roundedOff === 0 ? 0 : (view[rests + at] as number);
            const weight = whole === Number.NEGATIVE_INFINITY ? 0 : Math.exp((view[sinks + head] as number) - whole - rest);
            if (weight !== 0) sum -= weight * (view[offsets + at] as number); // 0 · NaN is NaN
          }
        }
        return sum;
      });
    },
  }),
};
