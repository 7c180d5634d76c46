import type { RelativePositionsTerm } from '@longspan/core-tensor';
import { u32 } from '../../../encode/encode.ts';
import { keysOfDistance } from './distance-keys.ts';
import type { GpuTerm } from './gpu-term.ts';

/**
 * Transformer-XL's scores ((q + u)·k + (q + v)·r): u is added to queries where they are loaded, and (q + v)·r to the product of a pair.
 * Row L − 1 − (position − key) of r, held to its ends.
 */
export const relativePositionsOnGpu: GpuTerm<RelativePositionsTerm> = ({ r, u, v }, { field }) => {
  const [, length = 1] = r.shape;
  const row = `u32(clamp(i32(${field('length')}) - 1 + i32(key) - i32(query) - u.queryOffset, 0, i32(${field('length')}) - 1))`;
  const at = field('at');
  const center = `(i32(${field('length')}) - 1)`;
  return {
    code: {
      name: 'relative positions',
      addedToQueries: `${at} + ${field('contentAt')} + head * u.headDim`,
      product: `{ let rowAt = ${at} + (head * ${field('length')} + ${row}) * u.headDim;
    let biasAt = ${at} + ${field('positionAt')} + head * u.headDim;
    let queryRow = (sequence - u.partFirst) * u.queryLength + query;
    for (var vector = 0u; vector < (u.headDim + 3u) / 4u; vector++) {
      x.score += u.scale * dot(cleaned(qAt(queryRow, vector)) + tableVector(biasAt, vector), tableVector(rowAt, vector));
    } }`,
    },
    sources: [r, u, v],
    uniforms: { length: u32(length), contentAt: u32(r.size), positionAt: u32(r.size + u.size) },
    gradient: {
      kind: 'relative positions',
      rowAt: `${at} + (head * ${field('length')} + ${row}) * u.headDim`,
      rows: {
        kind: 'cell sums',
        lanes: 1,
        isRead: `head == cell / (${field('length')} * u.headDim)`,
        firstQuery: '0u',
        queryStep: '1u',
        ...keysOfDistance({
          hasPositions: false,
          column: `i32((cell / u.headDim) % ${field('length')})`,
          width: `i32(${field('length')})`,
          center,
        }),
        factor: `u.scale * (queryNumber((sequence - u.partFirst) * u.queryLength + query, cell % u.headDim) + bitcast<f32>(tables[${at} + ${field('positionAt')} + head * u.headDim + cell % u.headDim]))`,
      },
    },
  };
};
