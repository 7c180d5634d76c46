import type { SpanRampTerm } from '@longspan/core-tensor';
import { f32 } from '../../../encode/encode.ts';
import type { GpuTerm } from './gpu-term.ts';

/** s + ln m, m = clamp((ramp + span − |query − key|) / ramp, 0, 1); a pair with m = 0 is hidden. */
export const spanRampOnGpu: GpuTerm<SpanRampTerm> = ({ span, ramp }, { field }) => {
  const weight = `clamp((${field('ramp')} + bitcast<f32>(tables[${field('at')} + head]) - abs(f32(apart))) / ${field('ramp')}, 0.0, 1.0)`;
  return {
    code: { name: 'span ramp', step: `{ let m = ${weight}; x.isVisible = x.isVisible && m > 0.0; x.score += log(max(m, 1e-30)); }` },
    sources: [span],
    uniforms: { ramp: f32(ramp) },
    gradient: {
      kind: 'head sums',
      factor: `select(0.0, 1.0 / (max(${weight}, 1e-30) * ${field('ramp')}), ${weight} > 0.0 && ${weight} < 1.0)`,
    },
  };
};
