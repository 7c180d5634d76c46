import { type RegisterOptions, type Registration, register } from '@longspan/wasm-backend';

/** Takes turns between tfjs's own kernels and ours, in one process, on the same heap. */
export interface KernelSwap {
  /** Our kernels run from now on. */
  ours(): Promise<void>;
  /** tfjs's own kernels run from now on, as where the package was never registered. */
  stock(): Promise<void>;
}

export function kernelSwap(options: RegisterOptions): KernelSwap {
  let registration: Registration | undefined;
  return {
    async ours() {
      registration ??= await register(options);
    },
    async stock() {
      registration?.unregister();
      registration = undefined;
    },
  };
}
