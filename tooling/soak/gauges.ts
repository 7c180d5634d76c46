import { memory } from '@tensorflow/tfjs-core';
import { type Allowance, type Flatness, flatness } from './flatness.ts';
import type { HeapBlocks } from './heap-blocks.ts';

/** What a call must leave as it found it: to the tensor, and to the byte. */
export interface Kept {
  readonly tensors: number;
  readonly buffers: number;
  readonly bytes: number;
  readonly heapBlocks: number;
  readonly heapBlockBytes: number;
}

export function kept(blocks: HeapBlocks): Kept {
  const { numTensors, numDataBuffers, numBytes } = memory();
  return { tensors: numTensors, buffers: numDataBuffers, bytes: numBytes, heapBlocks: blocks.count, heapBlockBytes: blocks.bytes };
}

/** What is no longer as it was, in words; empty where all is. */
export function leftBehind(before: Kept, after: Kept): string {
  const names = {
    tensors: 'tensors',
    buffers: 'buffers',
    bytes: 'bytes of tensors',
    heapBlocks: 'heap blocks',
    heapBlockBytes: 'bytes of heap',
  };
  return (Object.keys(names) as (keyof Kept)[])
    .filter((name) => after[name] !== before[name])
    .map((name) => `${(after[name] - before[name]).toLocaleString('en', { signDisplay: 'always' })} ${names[name]}`)
    .join(', ');
}

/** Bytes that may move, but not grow for ever. */
export interface Sample {
  readonly wasmHeap: number;
  readonly jsHeap: number;
  readonly resident: number;
}

/** How each is judged: a heap that only grows by whole calls, one that was just collected, and what the system sees of all. */
export const allowances: Readonly<Record<keyof Sample, Allowance>> = {
  wasmHeap: { share: 0.05, bytes: 4e6 },
  jsHeap: { share: 0.05, bytes: 4e6 },
  resident: { share: 0.05, bytes: 16e6 },
};

/** To be taken when garbage was just collected, so that only what is held counts. */
export function sample({ heapBytes }: HeapBlocks): Sample {
  const { rss, heapUsed } = process.memoryUsage();
  return { wasmHeap: heapBytes, jsHeap: heapUsed, resident: rss };
}

export function judged(samples: readonly Sample[]): Readonly<Record<keyof Sample, Flatness>> {
  const of = (name: keyof Sample): Flatness =>
    flatness(
      samples.map((each) => each[name]),
      allowances[name],
    );
  return { wasmHeap: of('wasmHeap'), jsHeap: of('jsHeap'), resident: of('resident') };
}
