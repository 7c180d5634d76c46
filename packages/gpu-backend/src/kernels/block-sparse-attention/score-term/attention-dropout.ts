import type { AttentionDropoutTerm } from '@longspan/core-tensor';
import { dropoutTables } from '@longspan/core-tensor/kernel';
import { f32, u32 } from '../../../encode/encode.ts';
import type { GpuTerm } from './gpu-term.ts';

/** The residues are mixed by integers modulo 2,039, as core-tensor's pair-dropout.ts defines: the same pairs fall out on every backend. */
export const attentionDropoutOnGpu: GpuTerm<AttentionDropoutTerm> = (term, { call: { sizes }, field }) => {
  const { batch, heads, queryLength, keyLength } = sizes;
  const { query, key, threshold, gain } = dropoutTables(term, batch * heads * queryLength, keyLength);
  const rows = `${field('rows')}`;
  const ofQuery = (which: number): string => `u32(bitcast<f32>(tables[${field('at')} + ${which}u * ${rows} + row]))`;
  const ofKey = (which: number): string => `u32(bitcast<f32>(tables[${field('at')} + 3u * ${rows} + ${which}u * u.keyLength + key]))`;
  return {
    code: {
      name: 'dropout',
      kept: `let row = sequence * u.queryLength + query;
  let mixed = (${ofQuery(0)} * ${ofKey(0)} + ${ofQuery(1)} + ${ofKey(1)}) % 2039u;
  let drawn = (((mixed * mixed) % 2039u) * mixed + ${ofQuery(2)} + ${ofKey(2)}) % 2039u;
  return select(0.0, ${field('gain')}, drawn >= ${field('threshold')});`,
    },
    sources: [query.factor, query.shift, query.lateShift, key.factor, key.shift, key.lateShift],
    uniforms: { rows: u32(batch * heads * queryLength), threshold: u32(threshold), gain: f32(gain) },
  };
};
