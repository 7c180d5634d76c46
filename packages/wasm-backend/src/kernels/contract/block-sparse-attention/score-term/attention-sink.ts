import { ofHeads } from './slots.ts';
import type { RecordOf } from './term-record.ts';

export const attentionSink: RecordOf<'attentionSink'> = {
  kind: 'attentionSink',
  fields: ({ heap }, [{ logits }]) => ({ sinks: heap.pointerOf(logits) }),
  /** −exp(sink − lse) · (D − dlse), summed over the rows of each head: what a key without a value would get. */
  slot: ({ heap, sizes: { batch, heads, queryLength } }, { logits }) => ({
    pointer: 0,
    apart: false,
    finish({ offsetOfQueries = 0, logSumExp = 0 }) {
      const sinks = heap.pointerOf(logits) / 4;
      const [offsets, wholes] = [offsetOfQueries / 4, logSumExp / 4];
      const view = heap.f32();
      return ofHeads(heap, heads, (head) => {
        let sum = 0;
        for (let row = 0; row < batch; row++) {
          const first = (row * heads + head) * queryLength;
          for (let at = first; at < first + queryLength; at++) {
            sum -= Math.exp((view[sinks + head] as number) - (view[wholes + at] as number)) * (view[offsets + at] as number);
          }
        }
        return sum;
      });
    },
  }),
};
