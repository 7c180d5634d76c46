import { env, type TensorInfo } from '@tensorflow/tfjs-core';
import { type Program, pipelineOf } from '../device/pipelines.ts';
import type { TfjsWebGpu, Uniform } from '../tfjs/tfjs-webgpu.ts';

/** A number of each kind, as a program's struct of uniforms holds them one after the other. */
export const u32 = (value: number): Uniform => ({ type: 'uint32', data: [value] });
export const i32 = (value: number): Uniform => ({ type: 'int32', data: [value] });
export const f32 = (value: number): Uniform => ({ type: 'float32', data: [value] });

/** Bytes of a tensor, from a multiple of 256 on: one binding may be too small for all of them. */
export interface TensorPart {
  readonly tensor: TensorInfo;
  readonly offset: number;
  readonly size: number;
}

/** What a program reads or writes: tensors or parts of them, or buffers of our own that outlive the call. */
export type Bindable = TensorInfo | TensorPart | GPUBuffer;

export interface Dispatch {
  readonly program: Program;
  /** In the order of the program's bindings; the uniforms come after them. */
  readonly bindings: readonly Bindable[];
  readonly uniforms: readonly Uniform[];
  /** Workgroups along each axis; or how many in a row, which the program counts as `wgsl/workgroup.ts` does. */
  readonly workgroups: readonly [x: number, y?: number, z?: number] | number;
}

const tensorOf = (bound: Bindable): TensorInfo | undefined => ('dataId' in bound ? bound : 'tensor' in bound ? bound.tensor : undefined);

/**
 * Encodes a program in tfjs's own compute pass, after what tfjs has encoded and before what it will. Nothing is read back, and nothing
 * submitted but where tfjs itself would. Outputs are tensors that were made and hold used memory, not zeros.
 * @throws DeviceLostError, PipelineError before anything is encoded
 */
export function encode(backend: TfjsWebGpu, { program, bindings, uniforms, workgroups }: Dispatch): void {
  const { device } = backend;
  const pipeline = pipelineOf(device, program);
  const tensors = bindings.flatMap((bound) => tensorOf(bound) ?? []);
  for (const { dataId } of tensors) backend.uploadToGPU(dataId);
  const resources = bindings.map((bound): GPUBindingResource => {
    const tensor = tensorOf(bound);
    if (tensor === undefined) return { buffer: bound as GPUBuffer };
    const whole = backend.tensorToBinding(tensor);
    return 'offset' in bound ? { ...(whole as GPUBufferBinding), offset: bound.offset, size: bound.size } : whole;
  });
  resources.push(backend.makeUniforms(uniforms)); // which the pool has again after the submit
  const bindGroup = device.createBindGroup({
    label: program.name,
    layout: pipeline.getBindGroupLayout(0),
    entries: resources.map((resource, binding) => ({ binding, resource })),
  });
  backend.ensureCommandEncoderReady();
  const pass = passOf(backend);
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(...(typeof workgroups === 'number' ? rectangleOf(workgroups, device.limits) : workgroups));
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

/** A row of workgroups in two axes, where one is too short for it: at least as many as there are in the row. */
export function rectangleOf(
  groups: number,
  { maxComputeWorkgroupsPerDimension }: Pick<GPUSupportedLimits, 'maxComputeWorkgroupsPerDimension'>,
): readonly [x: number, y: number] {
  const x = Math.min(groups, maxComputeWorkgroupsPerDimension);
  return [x, Math.ceil(groups / Math.max(1, x))];
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
