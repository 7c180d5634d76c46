import { ConfigError } from '@longspan/core-tensor/error';
import { backend } from '@tensorflow/tfjs-core';

/** Throws unless tfjs can compute: what it says itself names neither who makes it ready nor the faster kernels. */
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
}
