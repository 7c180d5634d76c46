import { ConfigError } from '@longspan/core-tensor/error';
import { linearContract } from '@longspan/core-tensor/kernel';
import { backend, getBackend } from '@tensorflow/tfjs-core';
import { warnOnce } from '../encoder/warn-once.ts';

/** Which package has faster kernels for a backend of tfjs. */
const faster: Readonly<Record<string, string>> = { wasm: '@longspan/wasm-backend', webgpu: '@longspan/gpu-backend' };

/**
 * Throws unless tfjs can compute: what it says itself names neither who makes it ready nor the faster kernels. Says once where it computes
 * without these.
 */
export function requireBackend(caller: string): void {
  try {
    backend();
  } catch (cause) {
    throw new ConfigError(
      {
        caller,
        problem: 'a backend of tfjs must be ready.',
        expected: "await register() of '@longspan/wasm-backend' or '@longspan/gpu-backend', once, before anything is computed",
        got: String((cause as { readonly message?: unknown } | null)?.message ?? cause),
        remedy: "await register() first; without these packages import '@tensorflow/tfjs-backend-cpu' and await setBackend('cpu').",
      },
      { cause },
    );
  }
  const name = getBackend();
  const ours = faster[name];
  if (ours === undefined || linearContract.kernels(name).length > 1) return; // the reference is the last one of them
  warnOnce(
    `${caller}: models run on tfjs's own kernels of '${name}', which take longer than those of '${ours}': await register() of it first.`,
  );
}
