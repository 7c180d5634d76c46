import type { BackendName } from '../process/backend-name.ts';
import { startBackend, startLongspan } from '../process/start-backend.ts';

/** What a model computes with whose runs are stopped. */
export interface StopBackend {
  readonly backend: Extract<BackendName, 'cpu' | 'wasm'>;
  readonly kernels: 'longspan' | 'stock';
  readonly threads: number;
}

export async function startStopBackend({ backend, kernels, threads }: StopBackend): Promise<void> {
  if (kernels === 'stock') await startBackend(backend, 'stock');
  else await startLongspan({ threads });
}
