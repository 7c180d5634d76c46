import { mergeAttention } from '@longspan/attention-sparse';
import { stored } from '../fixture.ts';
import type { Family } from '../replay.ts';
import { tokens } from './attention.ts';
import { readMask } from './mask.ts';
import { oneWay } from './way.ts';

/** Two partial results over disjoint keys into one. The q, k and v that they came from take no part. */
export const attentionMerge: Family = (fixture) => {
  const hasMask = fixture.tensors.has('in.q') && fixture.tensors.has('in.k') && fixture.config.raw('mask') !== undefined;
  const exact = hasMask ? readMask(fixture, tokens(stored(fixture, 'in.q')), tokens(stored(fixture, 'in.k'))).exact : [];
  const ways = oneWay((inputs) => {
    const { out, logSumExp } = mergeAttention(
      { out: inputs.get('in.o1'), logSumExp: inputs.get('in.lse1') },
      { out: inputs.get('in.o2'), logSumExp: inputs.get('in.lse2') },
    );
    return { o: out, lse: logSumExp };
  });
  return { ways, exact };
};
