import { ConfigError } from '@longspan/core-tensor/error';
import { forgetBackend } from '@longspan/core-tensor/kernel';
import { engine, findBackendFactory, registerBackend } from '@tensorflow/tfjs-core';
import { isTfjsWebGpu, type TfjsWebGpu } from './tfjs-webgpu.ts';

const name = 'webgpu';

/** tfjs's webgpu backend where it has started already. */
export function startedBackend(): object | undefined {
  return engine().registry[name];
}

/** The same, checked. @throws ConfigError where it is another one */
export function asTfjsWebGpu(caller: string, backend: object): TfjsWebGpu {
  if (isTfjsWebGpu(backend as TfjsWebGpu)) return backend as TfjsWebGpu;
  throw new ConfigError({
    caller,
    problem: "the webgpu backend must be tfjs's, version 4.22.",
    expected: '@tensorflow/tfjs-backend-webgpu 4.22',
    got: 'a backend without one of them',
    remedy: 'install @tensorflow/tfjs-backend-webgpu 4.22.',
  });
}

/**
 * Makes tfjs's webgpu backend on a device of ours, in the place of the one that tfjs would make. Loads tfjs's package, which puts its kernels
 * there.
 * @returns the backend, and what has tfjs make its own again the next time that it starts one; the running one stays
 */
export async function startOn(
  caller: string,
  device: GPUDevice,
  info: GPUAdapterInfo | undefined,
): Promise<{ readonly backend: TfjsWebGpu; readonly restoreFactory: () => void }> {
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  const stock = findBackendFactory(name);
  const priority = 3; // tfjs's own for it
  const backend = new WebGPUBackend(device, info);
  forgetBackend(name);
  registerBackend(name, () => backend, priority);
  return {
    backend: asTfjsWebGpu(caller, backend),
    restoreFactory: () => {
      const factories = engine().registryFactory;
      if (stock === null) delete factories[name];
      else factories[name] = { factory: stock, priority };
    },
  };
}
