/** Positions from `start` to before `end`. */
export interface Held {
  readonly start: number;
  readonly end: number;
}

interface Sizes {
  readonly segment: number;
  readonly memory: number;
}

/** The positions of the segment that is read at a step; the last one of a text may be shorter. */
export const segmentAt = (step: number, { segment }: Pick<Sizes, 'segment'>, length: number): Held => ({
  start: Math.min(step * segment, length),
  end: Math.min((step + 1) * segment, length),
});

/** The positions whose inputs every layer remembers while a segment is read. */
export const heldAt = (step: number, { segment, memory }: Sizes): Held => ({
  start: Math.max(0, step * segment - memory),
  end: step * segment,
});

/**
 * What can have reached the last prediction of a segment, at the inputs of each layer, the topmost first. A layer sees the segment and the
 * memory; what it remembers was made in the segment it lies in, from that segment's own memory. So each layer adds a memory, and what a
 * segment begins with.
 * @source Dai et al. 2019 (arXiv 1901.02860) §3.2 and figure 2
 */
export function reachOf(step: number, sizes: Sizes, layers: number, length: number): readonly Held[] {
  const { end } = segmentAt(step, sizes, length);
  const found: Held[] = [];
  let { start } = heldAt(step, sizes);
  for (let layer = layers; layer > 0; layer--) {
    found.push({ start, end });
    start = heldAt(Math.floor(start / sizes.segment), sizes).start;
  }
  return found;
}
