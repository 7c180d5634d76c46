import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import type { TfjsProgram, TfjsWebGpu } from '../tfjs/tfjs-webgpu.ts';

/** A program as tfjs is about to run it. */
export interface RunningProgram {
  readonly program: TfjsProgram;
  readonly inputs: readonly TensorInfo[];
  /** Of the output. */
  readonly dtype: DataType;
  /** Of the number in the buffer of an input, which a cast may have left another than the tensor's. */
  readonly bufferDtype: (input: number) => DataType | undefined;
}

/**
 * Changes programs before tfjs compiles them, wherever they are run from: kernels of tfjs call each other, and all of them end here.
 * Programs are known by the beginning of their key, because minified builds have no class names.
 * @returns ends it
 */
export function changePrograms(backend: TfjsWebGpu, keyStart: string, change: (running: RunningProgram) => void): () => void {
  const run = backend.runWebGPUProgram;
  const changing: TfjsWebGpu['runWebGPUProgram'] = function (this: TfjsWebGpu, program, inputs, dtype, ...rest) {
    if (program.shaderKey?.startsWith(keyStart)) {
      const bufferDtype = (at: number): DataType | undefined => {
        const input = inputs[at];
        return input && backend.tensorMap.get(input.dataId).dtype;
      };
      change({ program, inputs, dtype, bufferDtype });
    }
    return run.call(this, program, inputs, dtype, ...rest);
  };
  backend.runWebGPUProgram = changing;
  return () => {
    backend.runWebGPUProgram = run; // repairs end in the opposite order of their beginning
  };
}

/** Replaces parts of a program's WGSL. @throws where it lacks one, so is not tfjs 4.22's */
export function rewrite(program: TfjsProgram, parts: readonly (readonly [part: string, by: string])[]): void {
  const own = program.getUserCode.bind(program);
  program.getUserCode = () =>
    parts.reduce((text, [part, by]) => {
      if (!text.includes(part)) throw new Error(`tfjs's program ${program.shaderKey} must be that of tfjs-backend-webgpu 4.22.`);
      return text.replace(part, by);
    }, own());
}
