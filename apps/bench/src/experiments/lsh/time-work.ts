import { bucketCountFor, bucketOrder, drawRotations, lshAttention } from '@longspan/attention-lsh';
import { causal, sparseAttention } from '@longspan/attention-sparse';
import { createKey, normal } from '@longspan/core-tensor';
import { dispose, grads, mul, type Scalar, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { randomStream } from '../../figures/random-stream.ts';
import type { DenseTimeFigures, DenseTimeInput, LshTimeFigures, LshTimeInput } from './input.ts';
import { seenKeys, weightsOf } from './seen-keys.ts';

/** LSH attention forward and backward at all lengths in turn, so that what slows the machine slows all of them. */
export async function measureLshTime(input: LshTimeInput, onStep: (done: number, label: string) => Promise<void>): Promise<LshTimeFigures> {
  const sides = [];
  for (const length of input.lengths) {
    const side = lshSide(input, length);
    await side.check();
    side.pass(); // warms up
    sides.push(side);
  }
  const turns: number[][] = [];
  for (let round = 0; round < input.repeats; round++) {
    const order = round % 2 === 0 ? sides : sides.toReversed();
    const seconds = new Map(order.map((side) => [side, timed(side.pass)]));
    turns.push(sides.map((side) => seconds.get(side) as number));
    await onStep((round + 1) / input.repeats, `turn ${round + 1} of ${input.repeats}`);
  }
  return { kind: 'lsh time', turns };
}

function lshSide({ seed, tokens, headDim, chunkLength, rounds }: LshTimeInput, length: number) {
  const key = createKey(seed).fold('time');
  const shape = [tokens / length, 1, length, headDim];
  const [queryKey, value, cotangent] = ['query-key', 'value', 'cotangent'].map((name) => normal(key.fold(name), shape)) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const buckets = bucketCountFor({ length, chunkLength });
  const rotations = drawRotations(key.fold('rotations'), { heads: 1, headDim, rounds, bucketCount: buckets });
  const options = { chunkLength, causal: true, rotations, bucketCount: buckets };
  const attend = (x: Tensor, v: Tensor): Tensor => {
    const result = lshAttention(x, v, options);
    result.buckets?.dispose();
    return result.out;
  };
  return {
    pass: () => dispose(grads((x: Tensor, v: Tensor) => sum(mul(attend(x, v), cotangent)) as Scalar)([queryKey, value])),
    /** Some tokens of the first sequence, computed once more in plain loops. */
    async check(): Promise<void> {
      const { out, buckets: found } = lshAttention(queryKey, value, options);
      const order = bucketOrder(found as Tensor);
      const [sorted, x, v, got] = (await Promise.all([order, queryKey, value, out].map((each) => each.data()))) as [
        Int32Array,
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      dispose([out, found as Tensor, order]);
      const keysOf = seenKeys({
        orders: Array.from({ length: rounds }, (_, round) => sorted.subarray(round * length, (round + 1) * length)),
        chunkLength,
      });
      const random = randomStream(key.fold('rows'));
      for (let nth = 0; nth < 20; nth++) {
        const query = Math.floor(random() * length);
        const keys = keysOf(query);
        const weights = weightsOf(x, headDim, query, keys);
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        for (let at = 0; at < headDim; at++) {
          const mixed = keys.reduce((sum, key, nth) => sum + (weights[nth] as number) * (v[key * headDim + at] as number), 0);
          const expected = keys.length === 0 ? (v[query * headDim + at] as number) : mixed / total;
          const was = got[query * headDim + at] as number;
          if (!(Math.abs(was - expected) <= 1e-4 + 1e-3 * Math.abs(expected))) {
            throw new Error(`token ${query} of ${length}, feature ${at}: ${was} instead of ${expected}`);
          }
        }
      }
    },
  };
}

/** Exact causal attention to every token, on the same kernels. */
export async function measureDenseTime(
  input: DenseTimeInput,
  onStep: (done: number, label: string) => Promise<void>,
): Promise<DenseTimeFigures> {
  const { seed, tokens, length, headDim, repeats, waitSeconds } = input;
  const key = createKey(seed).fold('time');
  const shape = [tokens / length, 1, length, headDim];
  const [q, k, v, cotangent] = ['query', 'key', 'value', 'cotangent'].map((name) => normal(key.fold(name), shape)) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const mask = causal();
  const pass = (): void =>
    tidy(() => {
      grads((q: Tensor, k: Tensor, v: Tensor) => sum(mul(sparseAttention(q, k, v, { mask }).out, cotangent)) as Scalar)([q, k, v]);
    });
  const first = timed(pass);
  if (first > waitSeconds / 2) return { kind: 'dense time', length, seconds: [first] }; // the warming up is lost in so long a pass
  const seconds: number[] = [];
  for (let nth = 0; nth < repeats; nth++) {
    seconds.push(timed(pass));
    await onStep((nth + 1) / repeats, `pass ${nth + 1} of ${repeats}`);
  }
  return { kind: 'dense time', length, seconds };
}

/** tfjs's wasm kernels are synchronous: when they return, the numbers are there. */
function timed(pass: () => void): number {
  const start = performance.now();
  pass();
  return (performance.now() - start) / 1000;
}
