import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AttentionSize } from '../../kernels/input.ts';
import type { RuntimePrecision } from '../input.ts';
import { graphPath, runtimeModule } from './install-runtime.ts';

/** As much of ONNX Runtime as is used: https://onnxruntime.ai/docs/api/js/ */
interface WebRuntime {
  readonly env: { readonly wasm: { numThreads?: number; wasmPaths?: string }; logLevel?: string };
  readonly Tensor: {
    new (type: 'int32', values: Int32Array, dims: readonly number[]): object;
    fromGpuBuffer(buffer: GPUBuffer, options: { readonly dataType: RuntimePrecision; readonly dims: readonly number[] }): object;
  };
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
}
interface Session {
  run(feeds: object): Promise<{ readonly out: Output }>;
  release(): Promise<void>;
}
interface Output {
  getData(): Promise<Float32Array | Uint16Array>;
  dispose(): void;
}

/** The attention of onnxruntime-web over tensors that lie on the device. */
export interface LocalWindowAttention {
  run(): Promise<Output>;
  close(): Promise<void>;
}

/**
 * Opens onnxruntime-web on that device.
 * @param numbers q, k and v [1, n, heads * headDim]
 */
export async function openRuntime(
  device: GPUDevice,
  folder: string,
  size: AttentionSize,
  precision: RuntimePrecision,
  numbers: Readonly<Record<'q' | 'k' | 'v', Float32Array | Uint16Array>>,
): Promise<LocalWindowAttention> {
  takeSharedMemory();
  const path = runtimeModule(folder);
  const runtime = (await import(pathToFileURL(path).href)) as WebRuntime;
  runtime.env.wasm.numThreads = 1; // it computes on the device
  runtime.env.wasm.wasmPaths = `${pathToFileURL(dirname(path)).href}/`;
  runtime.env.logLevel = 'error';
  const session = await runtime.InferenceSession.create(new Uint8Array(readFileSync(graphPath(folder, size, precision))), {
    executionProviders: [{ name: 'webgpu', device }],
    preferredOutputLocation: 'gpu-buffer',
  });
  const { n, heads, headDim } = size;
  const buffers = Object.entries(numbers).map(([name, values]) => [name, onDevice(device, values)] as const);
  const tokens = buffers.map(
    ([name, buffer]) => [name, runtime.Tensor.fromGpuBuffer(buffer, { dataType: precision, dims: [1, n, heads * headDim] })] as const,
  );
  const integer = (value: number): object => new runtime.Tensor('int32', Int32Array.of(value), [1]);
  const feeds = { ...Object.fromEntries(tokens), last: integer(n - 1), length: integer(n) };
  return {
    run: async () => (await session.run(feeds)).out,
    async close() {
      await session.release();
      for (const [, buffer] of buffers) buffer.destroy();
    },
  };
}

function onDevice(device: GPUDevice, values: Float32Array | Uint16Array): GPUBuffer {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffer = device.createBuffer({ size: Math.ceil(values.byteLength / 4) * 4, usage });
  device.queue.writeBuffer(buffer, 0, values);
  return buffer;
}

/** Bytes that other threads might see, copied; all else as it is. */
const ownCopy = <Data extends GPUAllowSharedBufferSource>(data: Data): Data | Uint8Array<ArrayBuffer> =>
  data instanceof Uint8Array && data.buffer instanceof SharedArrayBuffer ? new Uint8Array(data) : data;

let isTaken = false;

/** Its memory is shared, which pages take; Dawn in Node wants a copy. */
function takeSharedMemory(): void {
  if (isTaken) return;
  isTaken = true;
  const { writeBuffer } = GPUQueue.prototype;
  GPUQueue.prototype.writeBuffer = function (...[buffer, offset, data, from, size]: Parameters<typeof writeBuffer>) {
    return writeBuffer.call(this, buffer, offset, ownCopy(data), from, size);
  };
}
