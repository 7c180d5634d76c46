import { env, type TensorInfo } from '@tensorflow/tfjs-core';
import { type Program, pipelineOf } from '../device/pipelines.ts';
import type { TfjsWebGpu, Uniform } from '../tfjs/tfjs-webgpu.ts';

/** A number of each kind, as a program's struct of uniforms holds them one after the other. */
export const u32 = (value: number): Uniform => ({ type: 'uint32', data: [value] });
export const i32 = (value: number): Uniform => ({ type: 'int32', data: [value] });
export const f32 = (value: number): Uniform => ({ type: 'float32', data: [value] });

/** A part of a tensor: bytes from a multiple of the device's minStorageBufferOffsetAlignment on. */
export interface TensorRange {
  readonly tensor: TensorInfo;
  readonly offset: number;
  readonly size: number;
}

export interface Dispatch {
  readonly program: Program;
  /** Tensors, or buffers of our own that outlive the call, in the order of the program's bindings; the uniforms come after them. */
  readonly bindings: readonly Bindable[];
  readonly uniforms: readonly Uniform[];
  /** Workgroups along each axis. */
  readonly workgroups: readonly [x: number, y?: number, z?: number];
}

export type Bindable = TensorInfo | TensorRange | GPUBuffer;

/** The tensor of a binding; none where it is a buffer of our own. */
const tensorOf = (bound: Bindable): TensorInfo | undefined => ('dataId' in bound ? bound : 'tensor' in bound ? bound.tensor : undefined);

function resourceOf(backend: TfjsWebGpu, bound: Bindable): GPUBindingResource {
  if ('dataId' in bound) return backend.tensorToBinding(bound);
  if (!('tensor' in bound)) return { buffer: bound };
  const { buffer } = backend.tensorToBinding(bound.tensor) as GPUBufferBinding;
  return { buffer, offset: bound.offset, size: bound.size };
}

/**
 * Encodes a program in tfjs's own compute pass, after what tfjs has encoded and before what it will. Nothing is read back, and nothing
 * submitted but where tfjs itself would. Outputs are tensors that were made and hold used memory, not zeros.
 * @throws DeviceLostError, PipelineError before anything is encoded
 */
export function encode(backend: TfjsWebGpu, { program, bindings, uniforms, workgroups }: Dispatch): void {
  const { device } = backend;
  const pipeline = pipelineOf(device, program);
  const tensors = bindings.map(tensorOf).filter((tensor) => tensor !== undefined);
  for (const { dataId } of tensors) backend.uploadToGPU(dataId);
  const resources = bindings.map((bound) => resourceOf(backend, bound));
  resources.push(backend.makeUniforms(uniforms)); // which the pool has again after the submit
  const bindGroup = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: resources.map((resource, binding) => ({ binding, resource })),
  });
  backend.ensureCommandEncoderReady();
  const pass = passOf(backend);
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(...workgroups);
  for (const { dataId } of tensors) backend.commandQueueOwnedIds.add(dataId);
  backend.dispatchCountInPass++;
  if (backend.activeTimers) {
    backend.endComputePassEncoder();
    backend.activeTimers.push({ name: program.name, query: backend.getQueryTime() });
  } else if (env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE') <= backend.dispatchCountInPass) {
    backend.endComputePassEncoder();
    backend.submitQueue();
  }
}

/** tfjs's pass; one of its own where tf.time or tf.profile is to see how long the program took. */
function passOf(backend: TfjsWebGpu): GPUComputePassEncoder {
  const encoder = backend.commandEncoder as GPUCommandEncoder;
  if (backend.activeTimers && backend.supportTimestampQuery) {
    backend.endComputePassEncoder();
    backend.querySet ??= backend.device.createQuerySet({ type: 'timestamp', count: backend.querySetCount });
    const timestampWrites = { querySet: backend.querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 };
    backend.computePassEncoder = encoder.beginComputePass({ timestampWrites });
  }
  backend.computePassEncoder ??= encoder.beginComputePass();
  return backend.computePassEncoder;
}
