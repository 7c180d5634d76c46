import type { AttentionSinkTerm } from '@longspan/core-tensor';
import type { GpuTerm } from './gpu-term.ts';

/** One more score in every row's denominator. Its own weight is exp(sink − logSumExp), and it has no value. */
export const attentionSinkOnGpu: GpuTerm<AttentionSinkTerm> = ({ logits }, { field }) => {
  const bits = `tables[${field('at')} + head]`;
  return {
    code: { name: 'sink', denominator: bits },
    sources: [logits],
    gradient: {
      kind: 'row sums',
      value: `select(-exp((bitcast<f32>(${bits}) - stats.x) - stats.y) * stats.z, 0.0, ${bits} == u.minusInfinity)`,
    },
  };
};
