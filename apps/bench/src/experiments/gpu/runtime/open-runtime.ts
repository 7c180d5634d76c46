import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AttentionSize } from '../../kernels/input.ts';
import type { RuntimePrecision, RuntimeWork } from '../input.ts';
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
export interface RuntimeAttention {
  run(): Promise<Output>;
  close(): Promise<void>;
}

/**
 * Opens onnxruntime-web on that device.
 * @param numbers q, k and v [1, n, heads * headDim]; of what is no local window q, k and v [1, heads, n, headDim] and the mask [n, n]
 */
export async function openRuntime(
  device: GPUDevice,
  folder: string,
  size: AttentionSize,
  work: RuntimeWork,
  numbers: Readonly<Record<'q' | 'k' | 'v' | 'mask', Float32Array | Uint16Array>>,
): Promise<RuntimeAttention> {
  takeSharedMemory();
  const path = runtimeModule(folder);
  const runtime = (await import(pathToFileURL(path).href)) as WebRuntime;
  runtime.env.wasm.numThreads = 1; // it computes on the device
  runtime.env.wasm.wasmPaths = `${pathToFileURL(dirname(path)).href}/`;
  runtime.env.logLevel = 'error';
  const session = await runtime.InferenceSession.create(new Uint8Array(readFileSync(graphPath(folder, size, work))), {
    executionProviders: [{ name: 'webgpu', device }],
    preferredOutputLocation: 'gpu-buffer',
  });
  const { n, heads, headDim } = size;
  const { pattern, precision } = work;
  const { mask, ...tokens } = numbers;
  const buffers: GPUBuffer[] = [];
  const held = (values: Float32Array | Uint16Array, dims: readonly number[]): object => {
    const buffer = onDevice(device, values);
    buffers.push(buffer);
    return runtime.Tensor.fromGpuBuffer(buffer, { dataType: precision, dims });
  };
  const integer = (value: number): object => new runtime.Tensor('int32', Int32Array.of(value), [1]);
  const feeds = {
    ...Object.fromEntries(
      Object.entries(tokens).map(([name, values]) => [
        name,
        held(values, pattern === 'local window' ? [1, n, heads * headDim] : [1, heads, n, headDim]),
      ]),
    ),
    ...(pattern === 'local window' ? { last: integer(n - 1), length: integer(n) } : { mask: held(mask, [n, n]) }),
  };
  return {
    run: async () => (await session.run(feeds)).out,
    async close() {
      await session.release();
      for (const buffer of buffers) buffer.destroy();
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
