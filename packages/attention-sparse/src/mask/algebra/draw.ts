import { requireInteger } from '@longspan/core-tensor/error';
import { type Cover, type Extent, resolveExtent, type Selection, type Span } from '@longspan/core-tensor/layout';
import type { Mask } from './mask.ts';

const ink: { readonly [C in Cover]: string } = { all: '█', some: '▒', none: '·' };

/** Rectangles of up to so many pairs are looked at pair by pair; larger ones show what `cover` says. */
const LOOKED_AT = 4096;

/**
 * Draws the mask as text, a row per query and a column per key: █ sees, · does not. Long sequences are drawn in equal rectangles,
 * with ▒ where some pairs are visible (or, in rectangles of more than 4,096 pairs, may be).
 * @param options the lengths; `size`, the most rows and columns (64); the head and batch row of a mask that differs along them (0)
 * @throws ConfigError when a length, the offset or the size is not an integer
 * @cost O(size² · 4,096) time at most
 * @example
 * drawMask(causal(), { queryLength: 3 }); // => '█··\n██·\n███'
 */
export function drawMask(mask: Mask, options: Extent & Selection & { readonly size?: number | undefined }): string {
  const { queryLength, keyLength, queryOffset } = resolveExtent('drawMask', options);
  const { size = 64, head = 0, batch = 0 } = options;
  requireInteger('drawMask', { size }, 1);
  const one = mask.select({ head, batch });
  const step = Math.ceil(Math.max(queryLength, keyLength) / size);
  const columns = steps(0, keyLength, step);
  return steps(queryOffset, queryLength, step)
    .map((queries) => columns.map((keys) => ink[look(one, queries, keys)]).join(''))
    .join('\n');
}

const steps = (first: number, length: number, step: number): readonly Span[] =>
  Array.from({ length: Math.ceil(length / step) }, (_, at) => ({
    start: first + at * step,
    end: first + Math.min((at + 1) * step, length),
  }));

function look(mask: Mask, queries: Span, keys: Span): Cover {
  const cover = mask.cover(queries, keys);
  if (cover !== 'some' || (queries.end - queries.start) * (keys.end - keys.start) > LOOKED_AT) return cover;
  const first = mask.allows(queries.start, keys.start);
  for (let query = queries.start; query < queries.end; query++) {
    for (let key = keys.start; key < keys.end; key++) if (mask.allows(query, key) !== first) return 'some';
  }
  return first ? 'all' : 'none';
}
