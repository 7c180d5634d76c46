import { sparseAttention } from '@longspan/attention-sparse';
import { relativePositions } from '@longspan/core-tensor';
import { stored } from '../fixture.ts';
import type { Family } from '../replay.ts';
import { scaleOf, tokens } from './attention.ts';
import { readMask } from './mask.ts';
import { blockSizes } from './way.ts';

/** Transformer-XL's relative attention over memory and segment; the reference's order of `r` is ours. */
export const attentionXl: Family = (fixture) => {
  const { mask, queryOffset, exact } = readMask(fixture, tokens(stored(fixture, 'in.q')), tokens(stored(fixture, 'in.k')));
  const scale = scaleOf(fixture);
  const ways = blockSizes((options) => (inputs) => {
    const [q, k, v] = [inputs.get('in.q'), inputs.get('in.k'), inputs.get('in.v')];
    const score = [relativePositions({ r: inputs.get('in.r'), u: inputs.get('in.u'), v: inputs.get('in.vBias') })];
    const { out, logSumExp } = sparseAttention(q, k, v, { mask, queryOffset, score, ...scale, ...options });
    return { o: out, lse: logSumExp };
  });
  return { ways, exact };
};
