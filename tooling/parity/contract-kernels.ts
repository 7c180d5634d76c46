import * as kernels from '@longspan/core-tensor/kernel';

/** The operations that backends may have kernels of their own for. */
const contracts = Object.entries(kernels)
  .filter(([name]) => name.endsWith('Contract'))
  .map(([, contract]) => (contract as { readonly name: string }).name);

/** The contract's kernel that a tfjs kernel is, by its name: `LayerNorm` and `LayerNormGrad` are the reference, `LayerNorm/…` others. */
function contractKernel(tfjsName: string): string | undefined {
  const [contract = '', kernel = 'reference'] = tfjsName.replace(/Grad\d*$/, '').split('/');
  return contracts.includes(contract) ? kernel.replace(/ \d+$/, '') : undefined;
}

export interface Watched<Result> {
  readonly result: Result;
  /** The kernels that took the contracts' calls, forward and backward: `wasm-simd`, `reference`. */
  readonly kernels: readonly string[];
}

/** Runs something and notes which kernels worked. Not by tfjs's `profile`, in which a kernel that throws ends the process. */
export async function watched<Result>(run: () => Promise<Result>): Promise<Watched<Result>> {
  const names = new Set<string>();
  const stop = kernels.watchKernels((name) => names.add(name));
  try {
    const result = await run();
    const kernels = new Set([...names].map(contractKernel).filter((name) => name !== undefined));
    return { result, kernels: [...kernels].sort() };
  } finally {
    stop();
  }
}
