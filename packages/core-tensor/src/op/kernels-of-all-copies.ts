/**
 * How many kernels every copy of this package in the program has been given, by backend and contract. A program has two copies where two
 * versions of it are installed, and a backend package gives its kernels to the one that it imports itself.
 */
function counts(): Map<string, number> {
  const all = globalThis as { [key: symbol]: Map<string, number> | undefined };
  const name = Symbol.for('@longspan/core-tensor: kernels of all copies');
  all[name] ??= new Map();
  return all[name];
}

const keyOf = (contract: string, backendName: string): string => `${backendName} ${contract}`;

/** Counts a kernel, or with −1 one that was taken out. */
export function countKernel(contract: string, backendName: string, by: 1 | -1): void {
  const key = keyOf(contract, backendName);
  counts().set(key, (counts().get(key) ?? 0) + by);
}

/** Whether any copy of this package has a kernel for that contract on that backend. */
export const anyCopyHasKernels = (contract: string, backendName: string): boolean => (counts().get(keyOf(contract, backendName)) ?? 0) > 0;
