import { mobaAttention, topKAttention } from '@longspan/attention-sparse';
import { type Fixture, stored } from '../fixture.ts';
import type { Family } from '../replay.ts';
import { scaleOf, tokens } from './attention.ts';
import { readMask } from './mask.ts';
import { oneWay } from './way.ts';

/** Keys that the scores choose: whole chunks of them, or single ones for each query. */
export const attentionTopk: Family = (fixture) => {
  const variant = fixture.config.text('variant');
  if (variant === 'moba') return moba(fixture);
  if (variant === 'perQuery') return perQuery(fixture);
  throw new Error(`config.variant must be moba or perQuery, got ${variant}`);
};

function moba(fixture: Fixture): ReturnType<Family> {
  const { config } = fixture;
  const options = { blockSize: config.number('moba_chunk_size'), topK: config.number('moba_topk'), causal: true, ...scaleOf(fixture) };
  const ways = oneWay((inputs) => {
    const { out, logSumExp, selected } = mobaAttention(inputs.get('in.q'), inputs.get('in.k'), inputs.get('in.v'), options);
    return { o: out, lse: logSumExp, selected };
  });
  return { ways };
}

function perQuery(fixture: Fixture): ReturnType<Family> {
  const { mask, queryOffset, exact } = readMask(fixture, tokens(stored(fixture, 'in.q')), tokens(stored(fixture, 'in.k')));
  const options = { topK: fixture.config.number('topk'), mask, queryOffset, ...scaleOf(fixture) };
  const ways = oneWay((inputs) => {
    const { out, logSumExp, selected } = topKAttention(inputs.get('in.q'), inputs.get('in.k'), inputs.get('in.v'), options);
    return { o: out, lse: logSumExp, selected };
  });
  return { ways, exact };
}
