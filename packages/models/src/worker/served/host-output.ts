import { isRecord } from '@longspan/core-tensor/error';
import { getBackend, Tensor } from '@tensorflow/tfjs-core';
import type { HostTensor } from '../crossing/host-tensor.ts';

/** What a model gave, its tensors as their numbers. */
export interface HostRead {
  readonly value: unknown;
  /** Of all numbers, each once: they can be handed over instead of copied. */
  readonly buffers: readonly ArrayBuffer[];
}

/** All tensors of an output. */
export function tensorsOf(output: unknown): readonly Tensor[] {
  if (output instanceof Tensor) return [output];
  if (Array.isArray(output)) return output.flatMap(tensorsOf);
  return isRecord(output) ? Object.values(output).flatMap(tensorsOf) : [];
}

/** Reads an output back from the device. */
export async function readToHost(output: unknown): Promise<HostRead> {
  const buffers = new Set<ArrayBuffer>();
  const read = async (tensor: Tensor): Promise<HostTensor> => {
    const found = (await tensor.data()) as HostTensor['values'];
    // On cpu these are the tensor's own numbers, which another one may share; and of two that share them each needs its own to hand over.
    const isOwn = getBackend() !== 'cpu' && found.byteLength === found.buffer.byteLength && !buffers.has(found.buffer as ArrayBuffer);
    const values = isOwn ? found : found.slice();
    buffers.add(values.buffer as ArrayBuffer);
    return { shape: tensor.shape, values };
  };
  const walk = async (value: unknown): Promise<unknown> => {
    if (value instanceof Tensor) return read(value);
    if (Array.isArray(value)) return inTurn(value, walk);
    if (!isRecord(value)) return value;
    const names = Object.keys(value);
    const values = await inTurn(Object.values(value), walk);
    return Object.fromEntries(names.map((name, at) => [name, values[at]]));
  };
  return { value: await walk(output), buffers: [...buffers] };
}

async function inTurn(values: readonly unknown[], map: (value: unknown) => Promise<unknown>): Promise<readonly unknown[]> {
  const mapped: unknown[] = [];
  for (const value of values) mapped.push(await map(value));
  return mapped;
}
