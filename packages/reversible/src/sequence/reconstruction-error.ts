import { norm, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { type BoundBlock, couple, type Streams, uncouple } from './coupling.ts';

/** How far the rebuilt inputs of one block are from the true ones. */
export interface BlockDrift {
  readonly block: number;
  /** ‖rebuilt − true‖ / ‖true‖, of either stream. */
  readonly x1: number;
  readonly x2: number;
}

/** Runs segments of blocks forward, keeping all streams, then back; the blocks' drift in their order. */
export async function driftOf(segments: readonly (readonly BoundBlock[])[], inputs: Streams): Promise<readonly BlockDrift[]> {
  const errors: Tensor[] = tidy(() => {
    let streams = inputs;
    return segments.flatMap((blocks) => {
      const trail = [streams];
      const ran = blocks.map((block): BoundBlock => {
        const { streams: next, decisions } = couple(block, trail.at(-1) as Streams);
        trail.push(next);
        return { f: { ...block.f, decided: decisions[0] ?? [] }, g: { ...block.g, decided: decisions[1] ?? [] } };
      });
      streams = trail.pop() as Streams;
      let rebuilt = streams;
      const found: Tensor[][] = [];
      for (const block of ran.toReversed()) {
        rebuilt = uncouple(block, rebuilt);
        const truth = trail.pop() as Streams;
        found.unshift(distances(truth, rebuilt));
      }
      return found.flat();
    });
  });
  try {
    const numbers = await Promise.all(errors.map(async (error) => (await error.data())[0] as number));
    return Array.from({ length: numbers.length / 4 }, (_, block) => {
      const [distance1, size1, distance2, size2] = numbers.slice(4 * block) as [number, number, number, number];
      return { block, x1: relative(distance1, size1), x2: relative(distance2, size2) };
    });
  } finally {
    for (const error of errors) error.dispose();
  }
}

const distances = (truth: Streams, rebuilt: Streams): Tensor[] =>
  (['x1', 'x2'] as const).flatMap((stream) => [norm(sub(rebuilt[stream], truth[stream])), norm(truth[stream])]);

const relative = (distance: number, size: number): number => (distance === 0 ? 0 : distance / size);
