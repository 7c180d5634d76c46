import { type Instructions, type RegisterOptions, type Registration, register } from '@longspan/wasm-backend';

/** Takes turns between tfjs's own kernels and ours, in one process, on the same backend. */
export interface Swap {
  /** Our kernels run from now on; on wasm on that many threads. */
  ours(threads?: number): Promise<void>;
  /** tfjs's own kernels run from now on, as where the package was never registered. */
  stock(): Promise<void>;
}

/** The same on wasm, on the same heap. */
export interface KernelSwap extends Swap {
  /** The build that ran last. */
  instructions(): Instructions;
}

export function kernelSwap(options: RegisterOptions): KernelSwap {
  let current: { readonly registration: Registration; readonly threads: number } | undefined;
  let instructions: Instructions | undefined;
  const stock = async (): Promise<void> => {
    current?.registration.unregister();
    current = undefined;
  };
  return {
    stock,
    async ours(threads = 1) {
      if (current?.threads === threads) return;
      await stock();
      const registration = await register({ ...options, threads });
      instructions = registration.instructions;
      current = { registration, threads };
      const { threads: got, threadsReason } = registration;
      if (got !== threads) throw new Error(`${threads} threads were asked for, ${got} came: ${threadsReason}`);
    },
    instructions() {
      if (instructions === undefined) throw new Error('our kernels have not run');
      return instructions;
    },
  };
}
