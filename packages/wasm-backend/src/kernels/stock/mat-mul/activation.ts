/** What tfjs fuses after a product on wasm, in the order of assembly/mat-mul/activation.ts. */
const activations = ['linear', 'relu', 'relu6', 'prelu', 'leakyrelu', 'sigmoid', 'elu'] as const;

/** The number by which the kernel knows an activation; undefined where it does not. */
export function activationNumber(name: string): number | undefined {
  const found = activations.indexOf(name as (typeof activations)[number]);
  return found < 0 ? undefined : found;
}
