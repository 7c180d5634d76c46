import type { Tensor } from '@tensorflow/tfjs-core';
import type { TfjsWebGpu } from '../tfjs/tfjs-webgpu.ts';
import { unwritten } from './unwritten.ts';

/** What a program has made besides what it was asked for, and of which tensors alone. */
export interface Made {
  readonly of: readonly Tensor[];
  readonly tensor: Tensor;
}

interface Aside {
  readonly of: readonly object[];
  readonly shape: readonly number[];
  readonly buffer: unknown;
}

const asides = new WeakMap<GPUDevice, readonly Aside[]>();

/**
 * Keeps what a program has made besides: the next who takes it has it without another program. Of each device that of the last program is kept,
 * and only its buffers: no tensor leaves the call, and what nobody takes goes when something else is put aside.
 */
export function putAside(backend: TfjsWebGpu, made: readonly Made[]): void {
  for (const before of asides.get(backend.device) ?? []) adopted(backend, before); // the caller's tidy disposes them
  const kept = made.map(({ of, tensor }): Aside => {
    const data = backend.tensorMap.get(tensor.dataId);
    const { resource } = data;
    data.resource = null;
    return { of: of.map(({ dataId }) => dataId), shape: tensor.shape, buffer: resource };
  });
  asides.set(backend.device, kept);
}

/** What was put aside of those tensors, if it has that shape: tensors of several shapes share their numbers. */
export function takeAside(backend: TfjsWebGpu, of: readonly Tensor[], shape: readonly number[]): Tensor | undefined {
  const all = asides.get(backend.device) ?? [];
  const ids = of.map(({ dataId }) => dataId);
  const wanted = all.find((each) => areSame(each.of, ids) && areSame(each.shape, shape));
  if (wanted === undefined) return undefined;
  asides.set(
    backend.device,
    all.filter((each) => each !== wanted),
  );
  return adopted(backend, wanted);
}

const areSame = (one: readonly unknown[], other: readonly unknown[]): boolean =>
  one.length === other.length && one.every((each, at) => each === other[at]);

/** A tensor that has its buffer. */
function adopted(backend: TfjsWebGpu, { shape, buffer }: Aside): Tensor {
  const made = unwritten(backend, shape);
  backend.tensorMap.get(made.dataId).resource = buffer;
  backend.commandQueueOwnedIds.add(made.dataId); // a program that waits for the submit may write it
  return made;
}
