import { mobaAttention } from '@longspan/attention-sparse';
import type { Family } from '../replay.ts';
import { scaleOf } from './attention.ts';
import { oneWay } from './way.ts';

/** Keys that the scores choose: whole chunks of them (MoBA), or single ones for each query. */
export const attentionTopk: Family = (fixture) => {
  const { config } = fixture;
  const scale = scaleOf(fixture);
  const [chunkSize, topK] = [config.number('moba_chunk_size'), config.number('moba_topk')];
  return {
    ways: oneWay((inputs) => {
      const [q, k, v] = [inputs.get('in.q'), inputs.get('in.k'), inputs.get('in.v')];
      const { out, logSumExp, chosen } = mobaAttention(q, k, v, { chunkSize, topK, ...scale });
      return { o: out, lse: logSumExp, selected: chosen };
    }),
  };
};
