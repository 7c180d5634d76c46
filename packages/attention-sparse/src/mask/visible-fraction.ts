import type { Span } from '@longspan/core-tensor/layout';
import type { Mask } from './algebra/mask.ts';

/** Rectangles of up to so many pairs are counted pair by pair. */
const COUNTED = 4096;
/** How often a larger rectangle is halved along each side before pairs of it are sampled. */
const HALVINGS = 3;
/** Pairs sampled along each side of what is still undecided then. */
const SAMPLES = 4;

/**
 * The share of a rectangle's pairs that a shared mask shows: exact for small rectangles and where `cover` decides, else an estimate. It
 * is 0 only where nothing is visible, and 1 only where everything is.
 * @cost at most 4,096 pairs, or 64 rectangles and 1,024 pairs
 */
export function visibleFraction(mask: Mask, queries: Span, keys: Span): number {
  const { visible, unsure } = counted(mask, queries, keys, HALVINGS);
  const pairs = (queries.end - queries.start) * (keys.end - keys.start);
  if (!unsure) return visible / pairs;
  return Math.min(1 - 1e-9, Math.max(1e-9, visible / pairs));
}

interface Count {
  readonly visible: number;
  /** Whether it is an estimate of what `cover` left open. */
  readonly unsure: boolean;
}

function counted(mask: Mask, queries: Span, keys: Span, halvings: number): Count {
  const [height, width] = [queries.end - queries.start, keys.end - keys.start];
  if (height === 0 || width === 0) return { visible: 0, unsure: false };
  const cover = mask.cover(queries, keys);
  if (cover !== 'some') return { visible: cover === 'all' ? height * width : 0, unsure: false };
  if (height * width <= COUNTED >> (2 * (HALVINGS - halvings))) return { visible: countPairs(mask, queries, keys, 1, 1), unsure: false };
  if (halvings === 0) {
    const [rowStep, columnStep] = [Math.max(1, height / SAMPLES), Math.max(1, width / SAMPLES)];
    const visible = countPairs(mask, queries, keys, rowStep, columnStep);
    return { visible: (visible * height * width) / (Math.ceil(height / rowStep) * Math.ceil(width / columnStep)), unsure: true };
  }
  let [visible, unsure] = [0, false];
  for (const half of halves(queries)) {
    for (const other of halves(keys)) {
      const part = counted(mask, half, other, halvings - 1);
      visible += part.visible;
      unsure ||= part.unsure;
    }
  }
  return { visible, unsure };
}

/** How many of the pairs are visible, taking one of each step: the middle one, shifted by a row's part so that stripes do not hide. */
function countPairs(mask: Mask, queries: Span, keys: Span, rowStep: number, columnStep: number): number {
  let visible = 0;
  for (let row = 0; queries.start + row * rowStep < queries.end; row++) {
    const query = Math.min(queries.end - 1, Math.floor(queries.start + (row + 0.5) * rowStep));
    const shift = rowStep === 1 ? 0 : (row + 0.5) / SAMPLES;
    for (let column = 0; keys.start + column * columnStep < keys.end; column++) {
      const key = Math.min(keys.end - 1, Math.floor(keys.start + (column + shift) * columnStep));
      if (mask.allows(rowStep === 1 ? queries.start + row : query, key)) visible++;
    }
  }
  return visible;
}

function halves({ start, end }: Span): readonly Span[] {
  const middle = start + ((end - start) >>> 1);
  return [
    { start, end: middle },
    { start: middle, end },
  ];
}
