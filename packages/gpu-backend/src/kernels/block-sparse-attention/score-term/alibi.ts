import type { AlibiTerm } from '@longspan/core-tensor';
import type { GpuTerm } from './gpu-term.ts';

/** s − slope[head] · |query − key| */
export const alibiOnGpu: GpuTerm<AlibiTerm> = ({ slopes }, { field }) => ({
  code: { name: 'alibi', step: `x.score -= bitcast<f32>(tables[${field('at')} + head]) * abs(f32(apart));` },
  sources: [slopes],
  gradient: { kind: 'head sums', factor: '-abs(f32(apart))' },
});
