import type { KeyLengthsTerm } from '@longspan/core-tensor';
import type { GpuTerm } from './gpu-term.ts';

/** Hides keys from lengths[batch] on. */
export const keyLengthsOnGpu: GpuTerm<KeyLengthsTerm> = ({ lengths }, { field }) => ({
  code: { name: 'key lengths', step: `x.isVisible = x.isVisible && i32(key) < bitcast<i32>(tables[${field('at')} + batch]);` },
  sources: [lengths],
});
