import { dims, type Padding } from '@longspan/core-tensor';
import { requireKnown, ShapeError } from '@longspan/core-tensor/error';
import { chunkBudget, chunksOf, inChunks, itemsPerChunk, partOf, requireFilled } from '@longspan/core-tensor/kernel';
import { add, argMax, concat, fill, matMul, mul, neg, reshape, slice, type Tensor, tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import { type BucketCount, factorsOf, product } from './bucket-count.ts';
import { directionsOf } from './rotations.ts';
import { plus, slicesOf } from './slices.ts';
import { tokenMarks } from './token-marks.ts';

export interface HashOptions {
  /** What the directions of the rotations are split into; one factor of twice their number by default. */
  readonly bucketCount?: BucketCount | undefined;
  /** Padding goes to a bucket of its own, the last of each round. */
  readonly padding?: Padding | undefined;
}

/**
 * Gives each vector one bucket per hashing round: arg max of [xR ; −xR], the first of equals. Opposite vectors land exactly half a
 * round's buckets apart. No gradient flows through it: hash stopGradient vectors, or outside the loss function.
 * @shape vectors [b, h, n, d], any norm (arg max ignores it); rotations [h, d, rounds, directions]
 * @returns int32 [b, h, rounds, n]; round r uses the numbers from r · buckets on, or r · (buckets + 1) where anything is padding.
 *   Factors [a, b] give the number bucket_a + a · bucket_b.
 * @throws ConfigError when a bucket count is odd; ShapeError when the rotations do not fit it or the vectors
 * @cost O(b · h · rounds · n · d · directions) time; 32 MB of products at a time, however many buckets
 * @source Kitaev et al. 2020 (arXiv 2001.04451) §2; numbers as in Hugging Face's LSHSelfAttention
 * @example
 * await hashBuckets(tensor4d([1, 0, -1, 0], [1, 1, 2, 2]), tensor4d([1, 0], [1, 2, 1, 1])).data(); // => [0, 1]
 */
export function hashBuckets(vectors: Tensor, rotations: Tensor, options: HashOptions = {}): Tensor {
  const caller = 'hashBuckets';
  requireKnown(caller, options, { bucketCount: true, padding: true });
  const { bucketCount, padding } = options;
  const sizes = dims(caller, { vectors: [vectors, 'b h n d:float32'], rotations: [rotations, 'h d rounds directions:float32'] });
  const factors = factorsOf(caller, bucketCount ?? 2 * sizes.directions);
  requireFilled(caller, { b: sizes.b, h: sizes.h, n: sizes.n, d: sizes.d, directions: sizes.directions });
  requireDirections(caller, rotations, factors);
  const marks = tokenMarks(caller, padding, { batch: sizes.b, length: sizes.n });
  return tidy(() => numbered(vectors, rotations, factors, marks));
}

export function requireDirections(caller: string, rotations: Tensor, factors: readonly number[]): void {
  requireFilled(caller, { rounds: rotations.shape[2] as number });
  if (rotations.shape[3] === directionsOf(factors)) return;
  throw new ShapeError({
    caller,
    problem: 'rotations must have half a direction for each bucket.',
    expected: `[h, d, rounds, ${directionsOf(factors)}]: half of each factor of ${factors.join(' x ')} buckets`,
    got: `[${rotations.shape.join(', ')}]`,
    remedy: 'draw them with drawRotations(key, { heads, headDim, rounds, bucketCount }).',
  });
}

/** Bucket numbers, rounds and padding apart by their offsets. To be called inside a tidy. */
export function numbered(vectors: Tensor, rotations: Tensor, factors: readonly number[], padding: Int32Array | undefined): Tensor {
  const [batch = 0, heads = 0, length = 0, headDim = 0] = vectors.shape;
  const rounds = rotations.shape[2] as number;
  const byHead = factorDirections(rotations, factors);
  const all = { first: 0, batch, heads, length };
  const slices = Array.from({ length: batch * heads }, (_, at) =>
    tidy(() => {
      const rows = reshape(slicesOf(vectors, { ...all, first: at, count: 1 }), [length, headDim]);
      return nearest(rows, byHead[at % heads] as readonly Tensor[], factors);
    }),
  );
  const byToken = reshape(concat(slices), [batch, heads, length, rounds]);
  const hashed = rounds === 1 ? reshape(byToken, [batch, heads, 1, length]) : transpose(byToken, [0, 1, 3, 2]);
  const total = product(factors);
  if (padding === undefined) return plus(hashed, (line) => (line % rounds) * total);
  return plus(apart(hashed, padding, total), (line) => (line % rounds) * (total + 1));
}

/**
 * Both ends of all rounds' directions [d, rounds · factor], by head and factor. Opposites of directions cost less than those of products.
 */
function factorDirections(rotations: Tensor, factors: readonly number[]): readonly (readonly Tensor[])[] {
  const [heads = 0, headDim = 0, rounds = 0] = rotations.shape;
  return Array.from({ length: heads }, (_, head) => {
    let first = 0;
    return factors.map((factor) => {
      const half = slice(rotations, [head, 0, 0, first], [1, headDim, rounds, factor / 2]);
      first += factor / 2;
      return reshape(concat([half, neg(half)], 3), [headDim, rounds * factor]);
    });
  });
}

/** The numbers of the nearest ends [rows · rounds], mixed from the factors' own. */
function nearest(rows: Tensor, directions: readonly Tensor[], factors: readonly number[]): Tensor {
  let number: Tensor | undefined;
  let weight = 1;
  factors.forEach((factor, at) => {
    const found = farthest(rows, directions[at] as Tensor, factor);
    number = number === undefined ? found : add(number, mul(found, fill(found.shape, weight, 'int32')));
    weight *= factor;
  });
  return number as Tensor;
}

/** Which of each round's directions each row goes farthest in, some rows at a time. */
function farthest(rows: Tensor, directions: Tensor, factor: number): Tensor {
  const chunks = chunksOf(rows.shape[0] as number, itemsPerChunk(directions.shape[1] as number, 2 * chunkBudget));
  const [found] = inChunks(chunks, 0, (chunk) => [argMax(reshape(matMul(partOf(rows, chunk), directions), [-1, factor]), 1)]);
  return found;
}

/** Padding in the bucket after the others. */
export function apart(hashed: Tensor, padding: Int32Array, last: number): Tensor {
  const [, heads = 0, rounds = 0, length = 0] = hashed.shape;
  const visible = Int32Array.from({ length: hashed.size }, (_, at) => padding[batchRow(at) * length + (at % length)] as number);
  const own = mul(hashed, tensor(visible, hashed.shape, 'int32'));
  return add(
    own,
    tensor(
      visible.map((each) => (1 - each) * last),
      hashed.shape,
      'int32',
    ),
  );

  function batchRow(at: number): number {
    return Math.floor(at / (heads * rounds * length));
  }
}
