import type { RelativePositionsTerm } from '@longspan/core-tensor';
import { u32 } from '../../../encode/encode.ts';
import { keysOfDistance } from './distance-keys.ts';
import type { GpuTerm } from './gpu-term.ts';

/**
 * Transformer-XL's scores ((q + u)·k + (q + v)·r): u is added to queries where they are loaded, and (q + v)·r to the product of a pair, by
 * the rows of the tile's distances.
 * Row L − 1 − (position − key) of r, held to its ends.
 */
export const relativePositionsOnGpu: GpuTerm<RelativePositionsTerm> = ({ r, u, v }, { field }) => {
  const [, length = 1] = r.shape;
  const at = field('at');
  const center = `(i32(${field('length')}) - 1)`;
  const rowAt = (apart: string): string =>
    `${at} + (head * ${field('length')} + u32(clamp(${center} + ${apart} - u.queryOffset, 0, ${center}))) * u.headDim`;
  return {
    code: {
      name: 'relative positions',
      addedToQueries: `${at} + ${field('contentAt')} + head * u.headDim`,
      distanceRows: { rowAt, addedAt: `${at} + ${field('positionAt')} + head * u.headDim` },
    },
    sources: [r, u, v],
    uniforms: { length: u32(length), contentAt: u32(r.size), positionAt: u32(r.size + u.size) },
    gradient: {
      kind: 'relative positions',
      rowAt: rowAt('(i32(key) - i32(query))'),
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
