import type { CellBiasTerm } from '@longspan/core-tensor';
import { u32 } from '../../../encode/encode.ts';
import { addedNumber } from './added-number.ts';
import type { GpuTerm } from './gpu-term.ts';

/** s + table[head mod heads, (queryOffset + query) mod size, key mod size] */
export const cellBiasOnGpu: GpuTerm<CellBiasTerm> = ({ table }, { call, isBeforeSoftCap, field }) => {
  const [heads = 1, size = 1] = table.shape;
  const [sizeOf, past] = [field('size'), field('past')];
  return {
    code: {
      name: `cell bias${isBeforeSoftCap ? ' before a cap' : ''}`,
      step: addedNumber(
        `${field('at')} + ((head % ${field('heads')}) * ${sizeOf} + (query + ${past}) % ${sizeOf}) * ${sizeOf} + key % ${sizeOf}`,
        isBeforeSoftCap,
      ),
    },
    sources: [table],
    // `past`: the cell of the first query, whose position may be negative.
    uniforms: { heads: u32(heads), size: u32(size), past: u32(((call.layout.queryOffset % size) + size) % size) },
    gradient: {
      kind: 'cell sums',
      lanes: 64,
      isRead: `head % ${field('heads')} == cell / (${sizeOf} * ${sizeOf})`,
      firstQuery: `((cell / ${sizeOf}) % ${sizeOf} + ${sizeOf} - ${past}) % ${sizeOf}`,
      queryStep: sizeOf,
      keys: `{ let size = i32(${sizeOf}); let past = firstKey % size; let wantedKey = i32(cell) % size;
      low = firstKey + select(wantedKey - past, wantedKey - past + size, wantedKey < past); high = lastKey; step = size; }`,
    },
  };
};
