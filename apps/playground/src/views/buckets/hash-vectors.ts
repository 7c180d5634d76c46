import { bucketOrder, drawRotations, hashBuckets, lshAttention } from '@longspan/attention-lsh';
import { createKey } from '@longspan/core-tensor';
import * as tf from '@tensorflow/tfjs-core';

export interface HashRequest {
  /** Unit vectors, one after the other. */
  readonly vectors: Float32Array;
  /** Numbers of one vector. */
  readonly size: number;
  /** How long the vectors are as queries. */
  readonly length: number;
  readonly seed: number;
  readonly bucketCount: number;
  readonly rounds: number;
  readonly chunkLength: number;
  readonly causal: boolean;
  /** Directions of which is asked in which bucket they lie, to colour the ground. */
  readonly ground: Float32Array;
}

/** What becomes of vectors, each step of it. */
export interface Hashed {
  /** [size, rounds, bucketCount / 2] */
  readonly rotations: Float32Array;
  /** [rounds, n], each round from 0 on. */
  readonly buckets: Int32Array;
  /** [rounds, n]: which vector stands at each place of the sorted line. */
  readonly order: Int32Array;
  /** [rounds, directions of the ground] */
  readonly ground: Int32Array;
  /** [n, n]: the weight that each vector gives each other one in full attention. */
  readonly full: Float32Array;
  /** The same in attention by hashing, all rounds together: 0 where they do not meet. */
  readonly hashed: Float32Array;
}

/** Hashes, sorts and attends. With the unit matrix as values, what attention gives are its weights. */
export async function hashVectors(request: HashRequest): Promise<Hashed> {
  const { vectors, size, length, seed, bucketCount, rounds, chunkLength, causal } = request;
  const count = vectors.length / size;
  const made = tf.tidy(() => {
    const unit = tf.tensor4d(vectors, [1, 1, count, size]);
    const rotations = drawRotations(createKey(seed), { heads: 1, headDim: size, rounds, bucketCount });
    const buckets = hashBuckets(unit, rotations, { bucketCount });
    const queryKey = tf.mul(unit, length);
    const values = tf.reshape(tf.eye(count), [1, 1, count, count]);
    return {
      rotations,
      buckets,
      order: bucketOrder(buckets),
      ground: hashBuckets(tf.tensor4d(request.ground, [1, 1, request.ground.length / size, size]), rotations, { bucketCount }),
      // What is no longer than a chunk is not hashed: each attends to all others.
      full: lshAttention(queryKey, values, { chunkLength: count, causal }).out,
      hashed: lshAttention(queryKey, values, { chunkLength, causal, rotations, bucketCount }).out,
    };
  });
  const read = async <Numbers extends Float32Array | Int32Array>(tensor: tf.Tensor): Promise<Numbers> =>
    (await tensor.data()).slice() as Numbers;
  const ofRound = (numbers: Int32Array): Int32Array => numbers.map((bucket) => bucket % bucketCount);
  try {
    return {
      rotations: await read<Float32Array>(made.rotations),
      buckets: ofRound(await read<Int32Array>(made.buckets)),
      order: await read<Int32Array>(made.order),
      ground: ofRound(await read<Int32Array>(made.ground)),
      full: await read<Float32Array>(made.full),
      hashed: await read<Float32Array>(made.hashed),
    };
  } finally {
    tf.dispose(Object.values(made));
  }
}
