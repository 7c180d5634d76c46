import { type Angles, pointAt } from './vectors.ts';

/** What a colour is made of, for the style sheet: on the circle it is the direction itself. */
export type Hue = { readonly '--hue': string };
const hue = (degrees: number): Hue => ({ '--hue': String(Math.round(degrees)) });

export const hueOfVector = (angles: Angles): Hue => hue(angles.azimuth);

/**
 * The colour of a bucket: that of the direction whose end it is, so that opposite buckets have opposite colours. On the sphere, where a
 * direction has no one angle, buckets share the colours out.
 * @param rotations [size, rounds, directions]
 */
export function hueOfBucket(
  rotations: Float32Array,
  {
    size,
    rounds,
    round,
    bucketCount,
  }: { readonly size: number; readonly rounds: number; readonly round: number; readonly bucketCount: number },
  bucket: number,
): Hue {
  const directions = bucketCount / 2;
  if (size !== 2) return hue((bucket % directions) * (180 / directions) + (bucket < directions ? 0 : 180));
  const [x, y] = endOf(rotations, { size, rounds, round, bucketCount }, bucket);
  return hue(((Math.atan2(y ?? 0, x ?? 0) * 180) / Math.PI + 360) % 360);
}

/** The end of a direction that a bucket belongs to: r for the first half of the buckets, −r for the others. */
export function endOf(
  rotations: Float32Array,
  {
    size,
    rounds,
    round,
    bucketCount,
  }: { readonly size: number; readonly rounds: number; readonly round: number; readonly bucketCount: number },
  bucket: number,
): readonly number[] {
  const directions = bucketCount / 2;
  const sign = bucket < directions ? 1 : -1;
  return Array.from(
    { length: size },
    (_, axis) => sign * (rotations[(axis * rounds + round) * directions + (bucket % directions)] as number),
  );
}

/** [xR ; −xR] of a vector: how far it goes towards each end. */
export function productsOf(
  rotations: Float32Array,
  sizes: { readonly size: number; readonly rounds: number; readonly round: number; readonly bucketCount: number },
  angles: Angles,
): readonly number[] {
  const point = pointAt(angles);
  return Array.from({ length: sizes.bucketCount }, (_, bucket) =>
    endOf(rotations, sizes, bucket).reduce((sum, number, axis) => sum + number * (point[axis] as number), 0),
  );
}
