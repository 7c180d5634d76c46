import type { DistanceBiasTerm } from '@longspan/core-tensor';
import { i32, u32 } from '../../../encode/encode.ts';
import { addedNumber } from './added-number.ts';
import { keysOfDistance } from './distance-keys.ts';
import type { GpuTerm } from './gpu-term.ts';

/** s + table[head mod heads, clamp(key − query + center)] */
export const distanceBiasOnGpu: GpuTerm<DistanceBiasTerm> = ({ table, center }, { call, isBeforeSoftCap, field }) => {
  const [heads = 1, width = 1] = table.shape;
  const column = `u32(clamp(apart + ${field('center')}, 0, i32(${field('width')}) - 1))`;
  return {
    code: {
      name: `distance bias${isBeforeSoftCap ? ' before a cap' : ''}`,
      step: addedNumber(`${field('at')} + (head % ${field('heads')}) * ${field('width')} + ${column}`, isBeforeSoftCap),
    },
    sources: [table],
    uniforms: { heads: u32(heads), width: u32(width), center: i32(center) },
    gradient: {
      kind: 'cell sums',
      lanes: 64,
      isRead: `head % ${field('heads')} == cell / ${field('width')}`,
      firstQuery: '0u',
      queryStep: '1u',
      ...keysOfDistance({
        hasPositions: call.terms.some(({ kind }) => kind === 'originalPositions'),
        column: `i32(cell % ${field('width')})`,
        width: `i32(${field('width')})`,
        center: field('center'),
      }),
    },
  };
};
