import { type Hue, hueOfBucket, hueOfVector } from './colours.ts';
import type { Hashed } from './hash-vectors.ts';
import { type buckets, hasCome } from './state.ts';
import { type Angles, coveringPoints, drawnAngles, type Ground, numbersOf, sizeOn } from './vectors.ts';

export type Values = (typeof buckets)['values']['value'];

/** What was asked of the worker, and what it gave. */
export interface Scene {
  readonly hashed: Hashed;
  readonly size: number;
  readonly bucketCount: number;
  readonly rounds: number;
  readonly chunkLength: number;
  readonly causal: boolean;
  readonly count: number;
}

/** Where all vectors point: as their seed has put them, or as they were turned. */
export const anglesOf = ({ seed, n, on, turned }: Pick<Values, 'seed' | 'n' | 'on' | 'turned'>): readonly Angles[] =>
  drawnAngles(seed, n, on).map((angles, vector) => {
    const own = turned.get(vector);
    return own === undefined ? angles : on === 'circle' ? { ...own, elevation: 0 } : own;
  });

const groundOf = (on: Ground): Float32Array => Float32Array.from(coveringPoints(on).flatMap((point) => point.slice(0, sizeOn(on))));

export function requestOf(values: Values, angles: readonly Angles[]) {
  const { on, length, hash: seed, buckets: bucketCount, rounds, chunk: chunkLength, causal } = values;
  return {
    vectors: numbersOf(angles, on),
    size: sizeOn(on),
    length,
    seed,
    bucketCount,
    rounds,
    chunkLength,
    causal: causal === 'past',
    ground: groundOf(on),
  };
}

/** The colour of each vector: its direction's until it is hashed, then its bucket's. */
export function huesOf(values: Values, angles: readonly Angles[], scene: Scene | undefined, round: number): readonly Hue[] {
  if (scene === undefined || !hasCome(values.stage, 'buckets')) return angles.map(hueOfVector);
  return angles.map((_, vector) => hueOfBucket(scene.hashed.rotations, { ...scene, round }, bucketOf(scene, vector, round)));
}

export const bucketOf = ({ hashed, count }: Scene, vector: number, round: number): number =>
  hashed.buckets[round * count + vector] as number;
