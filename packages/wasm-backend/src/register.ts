import { ConfigError } from '@longspan/core-tensor/error';
import { backend, findBackendFactory, getBackend, ready } from '@tensorflow/tfjs-core';
import { heapOf } from './heap.ts';
import type { Instructions } from './instructions.ts';
import { addGelu } from './kernels/activation/gelu.ts';
import { addAdamWStep } from './kernels/adamw-step/adamw-step.ts';
import { registerAttention } from './kernels/block-sparse-attention/register-attention.ts';
import { addCrossEntropy } from './kernels/cross-entropy/cross-entropy.ts';
import { addDropout } from './kernels/dropout/dropout.ts';
import { addFeedForward } from './kernels/feed-forward/feed-forward.ts';
import { addGatherRows } from './kernels/gather-rows/gather-rows.ts';
import { addLayerNorm } from './kernels/layer-norm/layer-norm.ts';
import { addLinear } from './kernels/linear/linear.ts';
import { registerMatMul } from './kernels/mat-mul/mat-mul.ts';
import { registerUnsortedSegmentSum } from './kernels/unsorted-segment-sum/unsorted-segment-sum.ts';
import { type CompiledKernels, compileKernels, isShared } from './load.ts';
import { type Runtime, runtimesOf } from './runtime.ts';
import { isTfjsWasm, type TfjsWasm } from './tfjs-wasm.ts';

export interface Registration {
  /** The instruction set of the build that this engine takes. */
  readonly instructions: Instructions;
  /** Puts tfjs's own kernels back; the error for a full heap stays. Twice is harmless. */
  unregister(): void;
}

export interface RegisterOptions {
  /** Takes this build; the best that the engine accepts where left out. */
  readonly instructions?: Instructions;
}

let registered: Registration | undefined;

/**
 * Puts the kernels of this package on tfjs's wasm backend, which has to be the current one: programs stay as they are.
 * Calling it again changes nothing until `unregister()`.
 * @throws ConfigError when the wasm backend is not installed or not the current one, and where the engine has no SIMD
 * @cost loads and compiles one binary, some ms; no tensors
 * @example
 * await setBackend('wasm');
 * const registration = await register();
 * const square = tensor2d([1, 2, 3, 4], [2, 2]);
 * await matMul(square, square, false, true).data(); // => [5, 11, 11, 25]
 * registration.unregister();
 */
export async function register({ instructions }: RegisterOptions = {}): Promise<Registration> {
  const current = await currentBackend();
  if (registered !== undefined) return registered;
  const compiled = await compileKernels(isShared(heapOf(current).memory()), instructions);
  registered ??= putInPlace(compiled, current); // another call may have been faster
  return registered;
}

function putInPlace(compiled: CompiledKernels, current: TfjsWasm): Registration {
  const runtimeOf = runtimesOf(compiled);
  runtimeOf(current); // guards the heap from now on
  const runtime = (): Runtime => runtimeOf(backend() as TfjsWasm);
  const undo = [
    registerMatMul(runtimeOf),
    registerUnsortedSegmentSum(runtimeOf),
    registerAttention(runtimeOf),
    ...[addAdamWStep, addCrossEntropy, addDropout, addFeedForward, addGatherRows, addGelu, addLayerNorm, addLinear].map((add) =>
      add(runtime),
    ),
  ];
  const registration: Registration = {
    instructions: compiled.instructions,
    unregister() {
      if (registered !== registration) return;
      registered = undefined;
      for (const each of undo) each();
    },
  };
  return registration;
}

async function currentBackend(): Promise<TfjsWasm> {
  const door = 'register';
  if (findBackendFactory('wasm') === null) {
    throw new ConfigError({
      door,
      problem: "tfjs's wasm backend is not there.",
      expected: "'@tensorflow/tfjs-backend-wasm' imported before register()",
      got: 'no backend of the name wasm',
      remedy: "npm install @tensorflow/tfjs-backend-wasm, import it, then await setBackend('wasm') and await register().",
    });
  }
  await ready();
  if (getBackend() !== 'wasm') {
    throw new ConfigError({
      door,
      problem: "tfjs's wasm backend is not the current one.",
      expected: 'getBackend() === "wasm"',
      got: `"${getBackend()}"`,
      remedy: "await setBackend('wasm') before await register(); it gives false where the backend could not start.",
    });
  }
  const current = backend();
  if (!isTfjsWasm(current)) {
    throw new ConfigError({
      door,
      problem: "the wasm backend is not tfjs's as we know it.",
      expected: '@tensorflow/tfjs-backend-wasm 4.22, with its memory, _malloc and _free within reach',
      got: 'a backend without one of them',
      remedy: 'install @tensorflow/tfjs-backend-wasm 4.22.',
    });
  }
  return current;
}
