import { dims } from '@longspan/core-tensor';
import { ShapeError } from '@longspan/core-tensor/error';
import { add, argMax, concat, matMul, mul, neg, reshape, slice, stack, type Tensor, tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { type AttentionMask, paddingOf } from './attention-mask.ts';
import { type BucketCount, factorsOf, product } from './bucket-count.ts';
import { partOf } from './planes.ts';
import { directionsOf } from './rotations.ts';

export interface HashOptions {
  /** What the directions of the rotations are split into; one factor of twice their number when absent. */
  readonly buckets?: BucketCount;
  /** Padding goes to a bucket of its own, the last of each round. */
  readonly attentionMask?: AttentionMask;
}

/** Numbers that the products of vectors with directions may hold at one time: 32 MB. */
const liveNumbers = 8 * 2 ** 20;

/**
 * Gives each vector one bucket per hashing round: arg max of [xR ; −xR], the first of equals. Opposite vectors land exactly half a
 * round's buckets apart. No gradient flows through it: hash detached vectors, or outside the loss function.
 * @shape vectors [b, h, n, d], any norm (arg max ignores it); rotations [h, d, rounds, directions]
 * @returns int32 [b, h, rounds, n]; round r uses the numbers from r · buckets on, or r · (buckets + 1) where anything is padding.
 *   Factors [a, b] give the number bucket_a + a · bucket_b.
 * @throws ConfigError when a bucket count is odd; ShapeError when the rotations do not fit it or the vectors
 * @cost O(b · h · rounds · n · d · directions) time; 32 MB of products at a time, however many buckets
 * @source Kitaev et al. 2020 (arXiv 2001.04451) §2; numbers as in Hugging Face's LSHSelfAttention
 * @example
 * await hashBuckets(tensor4d([1, 0, -1, 0], [1, 1, 2, 2]), tensor4d([1, 0], [1, 2, 1, 1])).data(); // => [0, 1]
 */
export function hashBuckets(vectors: Tensor, rotations: Tensor, { buckets, attentionMask }: HashOptions = {}): Tensor {
  const door = 'hashBuckets';
  const sizes = dims(door, { vectors: [vectors, 'b h n d'], rotations: [rotations, 'h d rounds directions'] });
  const factors = factorsOf(door, buckets ?? 2 * sizes.directions);
  requireDirections(door, rotations, factors);
  const padding = paddingOf(door, attentionMask, { batch: sizes.b, length: sizes.n });
  return tidy(() => numbered(vectors, rotations, factors, padding));
}

export function requireDirections(door: string, rotations: Tensor, factors: readonly number[]): void {
  if (rotations.shape[3] === directionsOf(factors)) return;
  throw new ShapeError({
    door,
    problem: 'rotations do not fit the buckets.',
    expected: `[h, d, rounds, ${directionsOf(factors)}]: half of each factor of ${factors.join(' x ')} buckets`,
    got: `[${rotations.shape.join(', ')}]`,
    remedy: 'draw them with drawRotations(key, { heads, headDim, rounds, buckets }).',
  });
}

/** Bucket numbers, rounds and padding apart by their offsets. To be called inside a tidy. */
export function numbered(vectors: Tensor, rotations: Tensor, factors: readonly number[], padding: Int32Array | undefined): Tensor {
  const [batch = 0, heads = 0, length = 0, headDim = 0] = vectors.shape;
  const rounds = rotations.shape[2] as number;
  const byHead = factorDirections(rotations, factors);
  const all = { first: 0, batch, heads, length };
  const planes = Array.from({ length: batch * heads }, (_, plane) =>
    tidy(() => {
      const rows = reshape(partOf(vectors, { ...all, first: plane, count: 1 }), [length, headDim]);
      const ofHead = byHead[plane % heads] as readonly (readonly Tensor[])[];
      return stack(ofHead.map((factors) => nearest(rows, factors)));
    }),
  );
  const hashed = reshape(stack(planes), [batch, heads, rounds, length]);
  const total = product(factors);
  const own = padding === undefined ? hashed : apart(hashed, padding, total);
  const stride = padding === undefined ? total : total + 1;
  return add(
    own,
    tensor(
      Int32Array.from({ length: rounds }, (_, round) => round * stride),
      [1, 1, rounds, 1],
      'int32',
    ),
  );
}

/** Both ends of the directions [d, factor], by head, round and factor. Opposites of directions cost less than those of products. */
function factorDirections(rotations: Tensor, factors: readonly number[]): readonly (readonly (readonly Tensor[])[])[] {
  const [heads = 0, headDim = 0, rounds = 0] = rotations.shape;
  return Array.from({ length: heads }, (_, head) =>
    Array.from({ length: rounds }, (_, round) => {
      let first = 0;
      return factors.map((factor) => {
        const half = slice(rotations, [head, 0, round, first], [1, headDim, 1, factor / 2]);
        first += factor / 2;
        return reshape(concat([half, neg(half)], 3), [headDim, factor]);
      });
    }),
  );
}

/** The numbers of the nearest ends [rows], mixed from the factors' own. */
function nearest(rows: Tensor, factors: readonly Tensor[]): Tensor {
  let number: Tensor | undefined;
  let weight = 1;
  for (const directions of factors) {
    const found = mul(farthest(rows, directions), tensor1d([weight], 'int32'));
    number = number === undefined ? found : add(number, found);
    weight *= directions.shape[1] as number;
  }
  return number as Tensor;
}

/** Which direction each row goes farthest in, some rows at a time. */
function farthest(rows: Tensor, directions: Tensor): Tensor {
  const [count = 0, headDim = 0] = rows.shape;
  const chunk = Math.max(1, Math.floor(liveNumbers / (directions.shape[1] as number)));
  if (chunk >= count) return tidy(() => argMax(matMul(rows, directions), 1));
  const parts = Array.from({ length: Math.ceil(count / chunk) }, (_, nth) =>
    tidy(() => argMax(matMul(slice(rows, [nth * chunk, 0], [Math.min(chunk, count - nth * chunk), headDim]), directions), 1)),
  );
  return concat(parts);
}

function apart(hashed: Tensor, padding: Int32Array, last: number): Tensor {
  const shape = [hashed.shape[0] as number, 1, 1, hashed.shape[3] as number];
  const toLast = padding.map((visible) => (1 - visible) * last);
  return add(mul(hashed, tensor(padding, shape, 'int32')), tensor(toLast, shape, 'int32'));
}
