import { type Tensor, tidy } from '@tensorflow/tfjs-core';

/**
 * A tidy whose result may hold anything beside tensors: it names the ones that outlive it, where tfjs would search the whole
 * result, typed arrays included, element by element.
 */
export function scoped<T>(run: () => { readonly value: T; readonly outlive: readonly (Tensor | null)[] }): T {
  const result: { value?: T } = {};
  tidy(() => {
    const { value, outlive } = run();
    result.value = value;
    return outlive.filter((tensor) => tensor !== null);
  });
  return result.value as T;
}
