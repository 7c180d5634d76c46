import type { DataType, KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';

type DataId = TensorInfo['dataId'];

/** A uniform of a program: one number each, which makeUniforms packs four bytes apart. */
export interface Uniform {
  readonly type: 'uint32' | 'int32' | 'float32';
  readonly data: number[];
}

/** A program of tfjs: what runWebGPUProgram compiles and encodes. */
export interface TfjsProgram {
  readonly outputShape: number[];
  /** Names the WGSL; made longer, it is another program. */
  shaderKey: string;
  getUserCode(): string;
}

/** What we use of tfjs's webgpu backend, most of which its types leave out. */
export interface TfjsWebGpu extends KernelBackend {
  readonly device: GPUDevice;
  readonly bufferManager: {
    readonly freeBuffers: Map<string, GPUBuffer[]>;
    numFreeBuffers: number;
    numBytesAllocated: number;
  };
  readonly tensorMap: { get(dataId: DataId): { readonly dtype: DataType; resource?: unknown; readonly values?: unknown } };
  /** Null between two batches. */
  readonly commandEncoder: GPUCommandEncoder | null;
  /** Null after a copy and after a submit. */
  computePassEncoder: GPUComputePassEncoder | null;
  /** What is disposed of these keeps its buffer until the submit. */
  readonly commandQueueOwnedIds: { add(dataId: DataId): unknown };
  dispatchCountInPass: number;
  /** Not null inside of tf.time and tf.profile. */
  readonly activeTimers: { readonly name: string; readonly query: Promise<number> }[] | null | undefined;
  readonly supportTimestampQuery: boolean;
  readonly querySetCount: number;
  querySet: GPUQuerySet | null | undefined;
  makeTensorInfo(shape: number[], dtype: DataType, values?: Float32Array): TensorInfo;
  uploadToGPU(dataId: DataId): void;
  tensorToBinding(tensor: TensorInfo): GPUBindingResource;
  makeUniforms(uniforms: readonly Uniform[]): GPUBindingResource;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  getQueryTime(): Promise<number>;
  time(run: () => void): Promise<{ readonly kernelMs: number | { readonly error: string } }>;
  runWebGPUProgram(program: TfjsProgram, inputs: TensorInfo[], dtype: DataType, ...rest: unknown[]): TensorInfo;
  read(dataId: object): Promise<Float32Array | Int32Array | Uint8Array>;
}

const methods = [
  'makeTensorInfo',
  'uploadToGPU',
  'tensorToBinding',
  'makeUniforms',
  'ensureCommandEncoderReady',
  'endComputePassEncoder',
  'submitQueue',
  'runWebGPUProgram',
  'read',
] as const satisfies readonly (keyof TfjsWebGpu)[];

/** The one border to tfjs's private parts: whether a backend is its webgpu backend as of 4.22. */
export function isTfjsWebGpu(backend: KernelBackend): backend is TfjsWebGpu {
  const found = backend as Partial<TfjsWebGpu>;
  const fields = [found.device, found.tensorMap, found.commandQueueOwnedIds, found.bufferManager?.freeBuffers];
  return methods.every((name) => typeof found[name] === 'function') && fields.every((field) => field !== undefined && field !== null);
}
