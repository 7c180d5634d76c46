import type { TfjsWebGpu } from '../tfjs/tfjs-webgpu.ts';

/**
 * Gives the free buffers of tfjs's pool back to the driver. The pool keeps a buffer of every size that was ever used, for ever.
 * @returns the bytes that were freed
 */
export function trim({ bufferManager }: TfjsWebGpu): number {
  let bytes = 0;
  for (const [key, buffers] of bufferManager.freeBuffers) {
    for (const buffer of buffers) {
      bytes += buffer.size;
      buffer.destroy();
    }
    bufferManager.numFreeBuffers -= buffers.length;
    bufferManager.freeBuffers.set(key, []); // the pool takes a key that was used once for there
  }
  bufferManager.numBytesAllocated -= bytes;
  return bytes;
}
