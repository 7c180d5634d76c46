import { type FeedForwardAttributes, type FeedForwardInputs, feedForwardContract } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { onThreads, type Runtime } from '../../../runtime/runtime.ts';
import type { Work } from '../../../threads/worth-sharing.ts';
import type { Kernel } from '../../kernel.ts';
import { multiply } from '../../stock/mat-mul/multiply.ts';
import { columnSums } from '../../stock/sum/column-sums.ts';
import { activate } from '../gelu/activation.ts';

/** The chunked feed-forward layer in WebAssembly. */
export const feedForwardKernel: Kernel = {
  name: feedForwardContract.name,
  add: (runtimeOf) =>
    feedForwardContract.addKernel('wasm', {
      name: 'wasm-simd',
      tolerance: { atol: 1e-5, rtol: 1e-5, reason: 'float32 sums of products in another order' },
      forward: (inputs, attributes) => [onThreads(runtimeOf(), workOf(inputs, 2), (given) => forward(given, inputs, attributes))],
      save: { inputs: [0, 1, 2, 3] },
      gradient: ({ inputs }, [dy], attributes) =>
        onThreads(runtimeOf(), workOf(inputs, 5), (given) => backward(given, inputs, dy, attributes)),
    }),
};

interface Sizes {
  readonly count: number;
  readonly width: number;
  readonly inner: number;
}

const sizesOf = (x: Tensor, innerWeight: Tensor): Sizes => {
  const [inner, width] = innerWeight.shape as [number, number];
  return { count: x.size / width, width, inner };
};

/** What a pass of that many products costs. All of its tensors have a gradient, or are an input, of their size. */
function workOf([x, innerWeight]: readonly [x: Tensor, innerWeight: Tensor, ...unknown[]], products: number): Work {
  const { count, width, inner } = sizesOf(x, innerWeight);
  return { flops: 2 * products * count * width * inner, bytes: 4 * products * (x.size + innerWeight.size) };
}

/** Calls with the first row of each chunk and with how many it has; at least once. */
function eachChunk(count: number, chunkLength: number, visit: (first: number, length: number, nth: number) => void): void {
  for (let nth = 0; nth * chunkLength < count || nth === 0; nth++) {
    visit(nth * chunkLength, Math.min(chunkLength, count - nth * chunkLength), nth);
  }
}

function forward(
  runtime: Runtime,
  [x, innerWeight, innerBias, outerWeight, outerBias]: FeedForwardInputs,
  { activation, chunkLength }: FeedForwardAttributes,
): Tensor {
  const { heap } = runtime;
  const { count, width, inner } = sizesOf(x, innerWeight);
  const y = heap.makeOutput(x.shape);
  const hidden = heap.allocate(4 * Math.min(chunkLength, count) * inner);
  const toInner = { pointer: heap.pointerOf(innerWeight), shape: [inner, width], transposed: true } as const;
  const toOuter = { pointer: heap.pointerOf(outerWeight), shape: [width, inner], transposed: true } as const;
  const biases = {
    inner: { pointer: heap.pointerOf(innerBias), shape: [inner] },
    outer: { pointer: heap.pointerOf(outerBias), shape: [width] },
  };
  try {
    eachChunk(count, chunkLength, (first, length) => {
      const offset = 4 * first * width;
      multiply(runtime, { pointer: heap.pointerOf(x) + offset, shape: [length, width] }, toInner, hidden, biases.inner);
      activate(runtime, { activation, count: length * inner, x: hidden, y: hidden });
      multiply(runtime, { pointer: hidden, shape: [length, inner] }, toOuter, heap.pointerOf(y) + offset, biases.outer);
    });
  } finally {
    heap.free(hidden);
  }
  return y;
}

/** The gradients of x and the four parameters; the inner activation is recomputed, chunk by chunk. */
function backward(
  runtime: Runtime,
  [x, innerWeight, innerBias, outerWeight]: readonly [x: Tensor, innerWeight: Tensor, innerBias: Tensor, outerWeight: Tensor],
  dy: Tensor,
  { activation, chunkLength }: FeedForwardAttributes,
): readonly Tensor[] {
  const { heap } = runtime;
  const { count, width, inner } = sizesOf(x, innerWeight);
  const chunks = Math.max(1, Math.ceil(count / chunkLength));
  const [dx, dInnerWeight, dInnerBias, dOuterWeight, dOuterBias] = [
    ...[x, innerWeight].map(({ shape }) => heap.makeOutput(shape)),
    heap.makeOutput([inner]),
    heap.makeOutput(outerWeight.shape),
    heap.makeOutput([width]),
  ] as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const weightBytes = 4 * inner * width;
  const hiddenBytes = 4 * Math.min(chunkLength, count) * inner;
  const scratch = heap.allocate(2 * hiddenBytes + 2 * weightBytes + 4 * chunks * inner);
  const [hidden, dHidden] = [scratch, scratch + hiddenBytes];
  const [spareInner, spareOuter] = [scratch + 2 * hiddenBytes, scratch + 2 * hiddenBytes + weightBytes];
  const biasParts = spareOuter + weightBytes;
  const toInner = { pointer: heap.pointerOf(innerWeight), shape: [inner, width] } as const;
  const toOuter = { pointer: heap.pointerOf(outerWeight), shape: [width, inner] } as const;
  try {
    eachChunk(count, chunkLength, (first, length, nth) => {
      const offset = 4 * first * width;
      const input = { pointer: heap.pointerOf(x) + offset, shape: [length, width] } as const;
      const cotangent = { pointer: heap.pointerOf(dy) + offset, shape: [length, width] } as const;
      // A weight's gradient goes to its tensor and to a spare one by turns, the last to the tensor, each time plus the one before.
      const isOwn = (chunks - nth) % 2 === 1;
      const places = ({ pointer }: { readonly pointer: number }, spare: number) => (isOwn ? [pointer, spare] : [spare, pointer]);
      const [innerPlace = 0, innerBefore = 0] = places({ pointer: heap.pointerOf(dInnerWeight) }, spareInner);
      const [outerPlace = 0, outerBefore = 0] = places({ pointer: heap.pointerOf(dOuterWeight) }, spareOuter);
      const before = (pointer: number, shape: readonly number[]) => (nth === 0 ? undefined : { pointer, shape });

      const bias = { pointer: heap.pointerOf(innerBias), shape: [inner] };
      multiply(runtime, input, { ...toInner, transposed: true }, hidden, bias);
      multiply(runtime, cotangent, toOuter, dHidden);
      const gradient = { dy: dHidden, dx: dHidden };
      activate(runtime, { activation, count: length * inner, x: hidden, y: hidden, gradient });
      const [active, dInner] = [
        { pointer: hidden, shape: [length, inner] },
        { pointer: dHidden, shape: [length, inner] },
      ] as const;
      multiply(runtime, dInner, toInner, heap.pointerOf(dx) + offset);
      multiply(runtime, { ...dInner, transposed: true }, input, innerPlace, before(innerBefore, [inner, width]));
      multiply(runtime, { ...cotangent, transposed: true }, active, outerPlace, before(outerBefore, [width, inner]));
      columnSums(runtime, { pointer: dHidden, count: length, width: inner }, biasParts + 4 * nth * inner);
    });
    columnSums(runtime, { pointer: biasParts, count: chunks, width: inner }, heap.pointerOf(dInnerBias));
    columnSums(runtime, { pointer: heap.pointerOf(dy), count, width }, heap.pointerOf(dOuterBias));
  } finally {
    heap.free(scratch);
  }
  return [dx, dInnerWeight, dInnerBias, dOuterWeight, dOuterBias];
}
