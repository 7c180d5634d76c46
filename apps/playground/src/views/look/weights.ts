import type { Looked } from './reader-work.ts';
import type { Reading } from './reading.ts';

/** The weights of one head of a layer over the bytes, or the mean of its heads where the head is 0. */
export function weightsOf({ weights, heads, length }: Reading, layer: number, head: number): Float32Array {
  const of = (one: number): Float32Array => weights.subarray((layer * heads + one) * length, (layer * heads + one + 1) * length);
  if (head > 0) return of(Math.min(head, heads) - 1);
  const mean = new Float32Array(length);
  for (let one = 0; one < heads; one++) {
    for (const [at, weight] of of(one).entries()) mean[at] = (mean[at] as number) + weight / heads;
  }
  return mean;
}

/** Of each byte's weight, the share that the mechanism keeps: of one head 0 or 1, of their mean what is between. */
export function keptOf(
  { reading: { heads, length, weights }, layer, kept }: Looked,
  mechanism: string,
  head: number,
): Float32Array | undefined {
  const found = kept.find(({ id }) => id === mechanism);
  if (found === undefined) return undefined;
  const shown = head > 0 ? [Math.min(head, heads) - 1] : Array.from({ length: heads }, (_, one) => one);
  return Float32Array.from({ length }, (_, at) => {
    let [all, seen] = [0, 0];
    for (const one of shown) {
      const weight = weights[(layer * heads + one) * length + at] as number;
      all += weight;
      seen += weight * (found.keeps[one * length + at] as number);
    }
    return all > 0 ? seen / all : (found.keeps[(shown[0] as number) * length + at] as number);
  });
}

export interface SegmentWeight {
  /** The sum over the segment's bytes. */
  readonly weight: number;
  /** Of it, what the mechanism keeps; all without one. */
  readonly kept: number;
}

/** The weight of each segment of the shown text: the sum over its bytes. */
export function bySegment({ segments }: Reading, weights: Float32Array, kept: Float32Array | undefined): readonly SegmentWeight[] {
  return segments.map(({ from, to }) => {
    let [weight, seen] = [0, 0];
    for (let at = from; at < to; at++) {
      weight += weights[at] as number;
      seen += (weights[at] as number) * (kept?.[at] ?? 1);
    }
    return { weight, kept: seen };
  });
}

/** The mean of some numbers, or the one that a head has. */
export const ofHead = (values: readonly number[], head: number): number =>
  head > 0 ? (values[Math.min(head, values.length) - 1] as number) : values.reduce((sum, each) => sum + each, 0) / values.length;
