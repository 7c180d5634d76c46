import { ExplainedError } from '@longspan/core-tensor/error';
import { requireDevice } from './device-lost.ts';
import { kept } from './kept.ts';

/** A kernel's WGSL was refused by the driver: a defect of this package or of the driver, never of a call. */
export class PipelineError extends ExplainedError {
  override readonly name: string = 'PipelineError';
}

interface Compiled {
  readonly pipeline: GPUComputePipeline;
  /** What the driver said, once it has. */
  error?: PipelineError;
}

const compiledOf = new WeakMap<GPUDevice, Map<string, Compiled>>();

/** What a pipeline is made of. */
export interface Program {
  /** Says all that the WGSL depends on: equal names are equal texts. */
  readonly name: string;
  /** Its WGSL, one entry `main`; made where it is not known yet. */
  wgsl(): string;
}

/**
 * The pipeline of a program, compiled once for each device. Errors come late: the first call of an invalid one is lost and said on
 * the console, and every later one throws.
 * @throws DeviceLostError, PipelineError
 */
export function pipelineOf(device: GPUDevice, { name, wgsl }: Program): GPUComputePipeline {
  requireDevice(device);
  const ofDevice = kept(compiledOf, device, () => new Map<string, Compiled>());
  const known = kept(ofDevice, name, () => compile(device, name, wgsl()));
  if (known.error !== undefined) throw known.error;
  return known.pipeline;
}

function compile(device: GPUDevice, name: string, code: string): Compiled {
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ code, label: name });
  const layout = device.createPipelineLayout({ bindGroupLayouts: [device.createBindGroupLayout({ entries: declaredBindings(code) })] });
  const pipeline = device.createComputePipeline({ label: name, layout, compute: { module, entryPoint: 'main' } });
  const compiled: Compiled = { pipeline };
  const said = device.popErrorScope().then(
    (error) => {
      if (error === null) return;
      compiled.error = new PipelineError({
        caller: 'gpu-backend',
        problem: 'the WGSL of a kernel must compile.',
        expected: `a pipeline for ${name}`,
        got: error.message,
        remedy: 'call unregister(), and report it with the name of the adapter.',
      });
      console.error(compiled.error.message);
    },
    () => {}, // a lost device has no scopes
  );
  void said;
  return compiled;
}

/** The bindings that WGSL declares, used or not: 'auto' in the place of a layout leaves out those that are not. */
function declaredBindings(code: string): GPUBindGroupLayoutEntry[] {
  const types = { 'storage, read': 'read-only-storage', 'storage, read_write': 'storage', uniform: 'uniform' } as const;
  return [...code.matchAll(/@binding\((\d+)\) var<(storage, read|storage, read_write|uniform)>/g)].map(([, binding, type]) => ({
    binding: Number(binding),
    visibility: GPUShaderStage.COMPUTE,
    buffer: { type: types[type as keyof typeof types] },
  }));
}
