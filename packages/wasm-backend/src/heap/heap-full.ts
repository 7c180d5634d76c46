import { ExplainedError } from '@longspan/core-tensor/error';
import { memory } from '@tensorflow/tfjs-core';
import { memoryOf, type TfjsWasm } from '../tfjs/tfjs-wasm.ts';
import { liveBlocks } from './live-blocks.ts';

/** The WebAssembly heap has no room for a tensor or for a kernel's scratch. What was there before is unharmed. */
export class HeapFullError extends ExplainedError {
  override readonly name: string = 'HeapFullError';
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20).toLocaleString('en')} MiB`;

/** The end of what 32 bits can address; and what malloc wants besides the bytes: of free memory a header, of new memory whole steps. */
const limit = 2 ** 32;
const header = 64;
const growth = 2 ** 17;

const guarded = new WeakSet<object>();

/**
 * Makes a full heap an error. tfjs takes the 0 that malloc then gives for an address, writes the tensor there, over its own
 * data, and aborts for good some calls later. And where the last free piece would have to grow past 4 GiB, malloc hands out memory
 * that is not there and loses count (Emscripten's of tfjs 4.22): such a request is rejected before it is made.
 * What tfjs's kernels take for themselves inside the binary is not counted. Doing it twice is harmless.
 */
export function guardHeap({ wasm }: TfjsWasm): void {
  if (guarded.has(wasm)) return;
  guarded.add(wasm);
  wasm._free(wasm._malloc(4)); // Emscripten's stubs put the exports in their own places on their first calls, so over ours
  const { _malloc: malloc, _free: free } = wasm;
  const size = (): number => memoryOf(wasm)?.buffer.byteLength ?? 0;
  const blocks = liveBlocks(size());
  wasm._malloc = (bytes) => {
    const fits = size() + bytes + growth < limit || blocks.hasGap(bytes + header);
    const pointer = fits ? malloc(bytes) : 0;
    if (pointer === 0) throw heapFull(bytes, size());
    blocks.add(pointer >>> 0, bytes);
    return pointer;
  };
  wasm._free = (pointer) => {
    blocks.remove(pointer >>> 0);
    free(pointer);
  };
}

function heapFull(bytes: number, size: number): HeapFullError {
  const { numTensors, numBytes } = memory();
  return new HeapFullError({
    caller: 'tfjs wasm backend',
    problem: 'the WebAssembly heap must have room for the call.',
    expected: `room for ${bytes} bytes (${megabytes(bytes)}) in one piece, of ${megabytes(limit)} in all`,
    got: `${numTensors} tensors of ${megabytes(numBytes)}, in a heap of ${megabytes(size)}`,
    remedy: 'dispose tensors that are done with (tidy, dispose), or compute in smaller batches or chunks; the backend goes on working.',
  });
}
