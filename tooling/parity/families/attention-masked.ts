import { sparseAttention } from '@longspan/attention-sparse';
import { stored } from '../fixture.ts';
import type { Family } from '../replay.ts';
import { scaleOf, tokens } from './attention.ts';
import { readMask } from './mask.ts';
import { blockSizes } from './way.ts';

/** Softmax attention under a mask: `o`, and the log-sum-exp `lse`. */
export const attentionMasked: Family = (fixture) => {
  const { mask, queryOffset, exact } = readMask(fixture, tokens(stored(fixture, 'in.q')), tokens(stored(fixture, 'in.k')));
  const scale = scaleOf(fixture);
  const ways = blockSizes((options) => (inputs) => {
    const [q, k, v] = [inputs.get('in.q'), inputs.get('in.k'), inputs.get('in.v')];
    const { out, logSumExp } = sparseAttention(q, k, v, { mask, queryOffset, ...scale, ...options });
    return { o: out, lse: logSumExp };
  });
  return { ways, exact };
};
