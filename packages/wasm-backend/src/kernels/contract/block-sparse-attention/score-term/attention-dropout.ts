import { dropoutTables } from '@longspan/core-tensor/kernel';
import type { RecordOf } from './term-record.ts';
import { beyond } from './visibility.ts';

export const attentionDropout: RecordOf<'attentionDropout'> = {
  kind: 'attentionDropout',
  fields({ arena, sizes: { batch, heads, queryLength, keyLength } }, [term]) {
    const queries = batch * heads * queryLength;
    const { query, key, threshold, gain } = dropoutTables(term, queries, keyLength);
    const ofQueries = new Float32Array(3 * queries);
    const ofKeys = new Float32Array(3 * (keyLength + beyond));
    [query.factor, query.shift, query.lateShift].forEach((values, at) => {
      ofQueries.set(values, at * queries);
    });
    [key.factor, key.shift, key.lateShift].forEach((values, at) => {
      ofKeys.set(values, at * (keyLength + beyond));
    });
    return {
      dropoutQueries: arena.floats(ofQueries),
      dropoutKeys: arena.floats(ofKeys),
      dropoutThreshold: threshold,
      dropoutGain: gain,
    };
  },
};
