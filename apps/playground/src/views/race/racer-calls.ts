import { bucketCountFor, drawRotations, lshAttention } from '@longspan/attention-lsh';
import {
  blockTopKAttention,
  denseAttention,
  explain,
  localAttention,
  mobaAttention,
  nsaAttention,
  routingAttention,
  routingCentroids,
  sparseAttention,
  topKAttention,
} from '@longspan/attention-sparse';
import { causal, everything, type Mask } from '@longspan/attention-sparse/mask';
import { createKey, mergeHeads, normal, stopGradient } from '@longspan/core-tensor';
import { relativeAttention } from '@longspan/memory-xl';
import * as tf from '@tensorflow/tfjs-core';
import { readExpression } from '../../expression/read-expression.ts';
import type { RacerId, RaceSizes } from './racer.ts';
import { masksAt, sizesOf } from './racer-sizes.ts';
import { racerOf } from './racers.ts';

/** A racer at one length: what it made beforehand, and its call. */
export interface RacerCall {
  run(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor): tf.Tensor;
  /** Which of q, k and v it reads: 0, 1, 2. All by default. */
  readonly reads?: readonly number[] | undefined;
  /** Which kernel runs, and why, where the mechanism can say so. */
  readonly kernel?: string | undefined;
  dispose(): void;
}

type Inputs = readonly [q: tf.Tensor, k: tf.Tensor, v: tf.Tensor];

const plain = (run: RacerCall['run']): RacerCall => ({ run, dispose: () => undefined });

const masked = (expression: string, [q, k, v]: Inputs): RacerCall => {
  const read = readExpression(expression);
  if (!('mask' in read)) throw new Error(read.problem.message);
  const { mask } = read;
  return {
    run: (queries, keys, values) => sparseAttention(queries, keys, values, { mask }).out,
    kernel: explain(q, k, v, { mask }).reason,
    dispose: () => undefined,
  };
};

const whole = ({ causal: isCausal }: RaceSizes): Mask => (isCausal ? causal() : everything());

/** What of a racer is no mask. */
const others: Partial<Readonly<Record<RacerId, (sizes: RaceSizes, inputs: Inputs) => RacerCall>>> = {
  table: (sizes) => plain((q, k, v) => denseAttention(q, k, v, { mask: whole(sizes) }).out),
  local: ({ causal }) => plain((q, k, v) => localAttention(q, k, v, { bucketSize: sizesOf.bucketSize, causal }).out),
  lsh({ length, heads, headDim, causal }) {
    const { chunkLength, rounds } = sizesOf;
    const bucketCount = bucketCountFor({ length, chunkLength });
    const rotations = drawRotations(createKey(1), { heads, headDim, rounds, bucketCount });
    return {
      reads: [0, 2],
      run: (q, _, v) => lshAttention(q, v, { chunkLength, causal, rotations, bucketCount }).out,
      dispose: () => rotations.dispose(),
    };
  },
  moba: ({ causal }) => plain((q, k, v) => mobaAttention(q, k, v, { topK: sizesOf.mobaBlocks, causal }).out),
  nsa({ length, heads }) {
    const gates = normal(createKey('gates'), [1, heads, length, 3]);
    return {
      run: (q, k, v) => nsaAttention(q, { compression: { k, v }, selection: { k, v }, sliding: { k, v }, gates }, sizesOf.nsa).out,
      dispose: () => gates.dispose(),
    };
  },
  blocks: ({ causal }) => plain((q, k, v) => blockTopKAttention(q, k, v, { topK: sizesOf.selectedBlocks, causal }).out),
  topk: (sizes) => plain((q, k, v) => topKAttention(q, k, v, { topK: sizesOf.topK, mask: whole(sizes) }).out),
  routing({ length, causal }, [queries]) {
    const clusters = sizesOf.clusters(length);
    const centroids = routingCentroids(queries, { clusters, iterations: 2 });
    const options = { centroids, clusterSize: length / clusters };
    return {
      reads: causal ? [0, 2] : [0, 1, 2],
      run: (q, k, v) =>
        causal
          ? routingAttention(q, q, v, { ...options, causal, sharedQueryKey: true }).out
          : routingAttention(q, k, v, { ...options, causal }).out,
      dispose: () => centroids.dispose(),
    };
  },
  memory({ length, heads, headDim }) {
    const { segmentLength } = sizesOf;
    const layer = relativeAttention({ width: heads * headDim, heads, headDim, window: { left: segmentLength - 1 } });
    const parameters = layer.init(createKey(1));
    return {
      reads: [0],
      run(q) {
        const x = mergeHeads(q);
        const segment = (at: number): tf.Tensor => tf.slice(x, [0, at * segmentLength, 0], [1, segmentLength, -1]);
        const read = Array.from({ length: length / segmentLength }, (_, at) =>
          layer.apply(parameters, segment(at), at === 0 ? {} : { memory: stopGradient(segment(at - 1)) }),
        );
        return tf.concat(read, 1);
      },
      dispose: () => tf.dispose(parameters),
    };
  },
};

/** Makes a racer ready for one length. `own` is the expression of the person's mask. */
export function racerCall(id: RacerId, sizes: RaceSizes, own: string, inputs: Inputs): RacerCall {
  const expression = id === 'own' ? own : racerOf(id).mask?.(masksAt(sizes));
  if (expression !== undefined) return masked(expression, inputs);
  const make = others[id];
  if (make === undefined) throw new Error(`There is no racer of the name "${id}".`);
  return make(sizes, inputs);
}
