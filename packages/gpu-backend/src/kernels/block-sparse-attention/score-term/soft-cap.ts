import type { SoftCapTerm } from '@longspan/core-tensor';
import { f32 } from '../../../encode/encode.ts';
import type { GpuTerm } from './gpu-term.ts';

/** cap · tanh(s / cap), by one exponential that cannot overflow: WGSL's own tanh may be off by more. */
export const softCapOnGpu: GpuTerm<SoftCapTerm> = ({ cap }, { field }) => ({
  code: {
    name: 'soft cap',
    hasSlope: true,
    step: `{ let e = exp(-2.0 * abs(x.score) / ${field('cap')});
    let slope = 4.0 * e / ((1.0 + e) * (1.0 + e));
    x.score = ${field('cap')} * sign(x.score) * (1.0 - e) / (1.0 + e);
    x.slope *= slope;
    x.after *= slope; }`,
  },
  uniforms: { cap: f32(cap) },
});
