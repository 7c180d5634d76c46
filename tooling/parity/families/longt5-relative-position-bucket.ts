import { relativeDistanceBuckets } from '@longspan/core-tensor';
import type { Family } from '../replay.ts';

/** T5's buckets of the distances −reach … reach, for each of config.tables. */
export const longt5RelativePositionBucket: Family = ({ config }) => ({
  ways: [],
  exact: config.list('tables').map((table, at) => {
    const bucket = relativeDistanceBuckets({
      buckets: table.number('num_buckets'),
      maxDistance: table.number('max_distance'),
      bidirectional: table.flag('bidirectional'),
    });
    const reach = table.number('reach');
    return { tensor: `out.table.${at}`, values: Array.from({ length: 2 * reach + 1 }, (_, index) => bucket(index - reach)) };
  }),
});
