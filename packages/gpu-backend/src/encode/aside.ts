import { type Tensor, util } from '@tensorflow/tfjs-core';
import type { TfjsWebGpu } from '../tfjs/tfjs-webgpu.ts';
import { unwritten } from './unwritten.ts';

interface Aside {
  readonly of: object;
  readonly shape: readonly number[];
  readonly buffer: unknown;
}

const asides = new WeakMap<GPUDevice, Aside>();

/**
 * Keeps what a program has made of a tensor besides what it was asked for: the next who takes it has it without another program. Of each device
 * the last one is kept, and only its buffer: no tensor leaves the call, and what nobody takes goes when the next is put aside.
 */
export function putAside(backend: TfjsWebGpu, of: Tensor, made: Tensor): void {
  takeAside(backend, of, made.shape); // the one before, which the caller's tidy disposes
  const data = backend.tensorMap.get(made.dataId);
  asides.set(backend.device, { of: of.dataId, shape: made.shape, buffer: data.resource });
  data.resource = null;
}

/** What was put aside of that tensor, if it was the last and has that shape: tensors of several shapes share their numbers. */
export function takeAside(backend: TfjsWebGpu, of: Tensor, shape: number[]): Tensor | undefined {
  const aside = asides.get(backend.device);
  if (aside === undefined) return undefined;
  asides.delete(backend.device);
  const made = unwritten(backend, aside.shape);
  backend.tensorMap.get(made.dataId).resource = aside.buffer;
  backend.commandQueueOwnedIds.add(made.dataId); // a program that waits for the submit may write it
  return aside.of === of.dataId && util.arraysEqual(made.shape, shape) ? made : undefined;
}
