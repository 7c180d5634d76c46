import { type DropoutAttributes, dropoutContract } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { elementwise } from '../../encode/elementwise.ts';
import { f32, u32 } from '../../encode/encode.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import { packed } from '../../wgsl/packed.ts';
import { threefry } from '../../wgsl/threefry.ts';
import type { Kernel } from '../kernel.ts';
import { onDevice } from '../on-device.ts';

/** Dropout in WGSL: one dispatch, which draws the same words as every backend; the backward pass draws them again. */
export const dropoutKernel: Kernel = {
  name: dropoutContract.name,
  add: (backendOf) =>
    dropoutContract.addKernel('webgpu', {
      name: 'webgpu-wgsl',
      unsupported: onDevice(backendOf, () => null),
      forward: ([x], attributes) => [drop(backendOf(), x, attributes)],
      save: { inputs: [] },
      gradient: (_, [dy], attributes) => [drop(backendOf(), dy, attributes)],
    }),
};

/** The words of the numbers of an N: a counter has two. */
const wordsAt = {
  4: 'fn wordsAt(number: u32) -> U { return threefry(vec2u(u.key0, u.key1), vec2u(number / 2u) + vec2u(0u, 1u)); }',
  1: 'fn wordsAt(number: u32) -> U { return threefry(vec2u(u.key0, u.key1), vec2u(number / 2u))[number % 2u]; }',
} as const;

function drop(backend: TfjsWebGpu, x: Tensor, { rate, key }: DropoutAttributes): Tensor {
  const { size } = packed(x.size);
  const [y] = elementwise(backend, {
    name: 'dropout',
    inputs: { x },
    outputs: ['y'],
    fields: {
      key0: u32(key.words[0]),
      key1: u32(key.words[1]),
      // bernoulli keeps the words below (1 − rate) · 2³², which need not be whole.
      largestKept: u32(Math.ceil((1 - rate) * 2 ** 32) - 1),
      scale: f32(1 / (1 - rate)),
    },
    code: `${threefry}\n${wordsAt[size]}`,
    body: `y[at] = select(N(), x[at] * u.scale, wordsAt(u.first + ${size}u * at) <= U(u.largestKept));`,
  });
  return y as Tensor;
}
